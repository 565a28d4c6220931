import type { SunoEnvelope, SunoRelay } from '../../../engine/suno/input.ts';
import type { JsonObject } from '@atelier/lib/json';

/** A Suno upstream with answers from the test; before the first `set` it answers with empty data. */
export function createFakeSuno() {
  const asked: { method: string; path: string; body: JsonObject }[] = [];
  let isSimulated = true;
  let answer: (path: string) => Promise<SunoEnvelope> = async () => ({ code: 200, msg: 'success', data: {} });
  const relay: SunoRelay = {
    get isSimulated() {
      return isSimulated;
    },
    async ask(method, path, body) {
      asked.push({ method, path, body });
      return answer(path);
    },
  };
  return {
    relay,
    /** Every request to it, in order. */
    asked,
    /** Changes its answers, and whether it claims to be the simulator. */
    set(next: { isSimulated?: boolean; answer?: typeof answer }): void {
      isSimulated = next.isSimulated ?? isSimulated;
      answer = next.answer ?? answer;
    },
  };
}
