import type { SunoEnvelope, SunoRelay } from '../../../engine/suno/input.ts';
import type { JsonObject } from '@atelier/lib/json';

/** A Suno upstream that is asked and says what the test wants: nothing of use, until told otherwise. */
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
    /** Everything that it was asked, in order. */
    asked,
    /** From now on the vendor itself stands behind it, or the simulator. */
    set(next: { isSimulated?: boolean; answer?: typeof answer }): void {
      isSimulated = next.isSimulated ?? isSimulated;
      answer = next.answer ?? answer;
    },
  };
}
