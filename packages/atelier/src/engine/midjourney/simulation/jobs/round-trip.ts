import type { ChannelUpdate, RunChecks } from './sim-job.ts';
import type { SimWorld } from '../world.ts';

const SHARE_OF_STEPS = 0.01;
/** A state with a thousand remembered messages stays below this. */
const MAX_STATE_LENGTH = 1_000_000;

/** The state survives JSON: a copy of it leads to the same effects. Tried at random moments. */
export function checkRoundTrip(
  world: SimWorld,
  update: ChannelUpdate,
  { before, event, context, after }: Parameters<RunChecks['onStep']>[0],
  violate: (text: string) => void,
): void {
  if (!world.chance(SHARE_OF_STEPS)) return;
  const text = JSON.stringify(before);
  if (text.length > MAX_STATE_LENGTH) violate(`the state has ${text.length} characters`);
  const copied = update(JSON.parse(text) as typeof before, event, context);
  const [one, other] = [JSON.stringify(after), JSON.stringify(copied)];
  if (one !== other) violate(`a copy of the state leads to other effects at ${event.type}: ${differenceOf(one, other)}`);
}

function differenceOf(one: string, other: string): string {
  let at = 0;
  while (one[at] === other[at]) at += 1;
  return `${one.slice(Math.max(0, at - 60), at + 40)} / ${other.slice(Math.max(0, at - 60), at + 40)}`;
}
