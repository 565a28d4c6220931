import type { FailureCode } from '../../../../core/errors.ts';
import { receiveRequest } from '../bot/bot-answers.ts';
import type { BotModel, IncomingRequest } from '../bot/bot-model.ts';

/** Discord's answer to a request, or the lack of one, as the client tells it to the engine. Written from the contract, sections 2.5 and 8. */
export type RestAnswer =
  | { status: 204 }
  | { status: number; outcome: 'not-sent' | 'refused' | 'unknown'; code: FailureCode; title: string; forMs: number | null };

export interface RestModel {
  readonly bot: BotModel;
  /** A state in which every request gets the same answer; null in good times. */
  trouble: { kind: 'rate' | 'address-blocked' | 'down'; untilMs: number } | null;
  /** The token was refused and confirmed as bad. */
  isTokenBad: boolean;
}

const refused = (status: number, code: FailureCode, forMs: number | null = null): RestAnswer => ({
  status,
  outcome: 'refused',
  code,
  title: `Discord /interactions failed with HTTP status ${status}`,
  forMs,
});

const unknown = (status: number): RestAnswer => ({
  status,
  outcome: 'unknown',
  code: 'upstream-unreachable',
  title: 'Discord could not be reached',
  forMs: null,
});

export const NOT_SENT: RestAnswer = {
  status: 0,
  outcome: 'not-sent',
  code: 'upstream-unreachable',
  title: 'Discord could not be reached',
  forMs: null,
};

/** Sends a request to Discord; `respond` is called once. `onPauseCause` is called if the answer may pause the account. */
export function postRequest(
  rest: RestModel,
  incoming: IncomingRequest,
  { respond, onPauseCause }: { respond: (answer: RestAnswer) => void; onPauseCause: () => void },
): void {
  const { world } = rest.bot;
  world.after(world.between(5, 80), () => {
    const { answer, isTaken, afterMs } = decide(rest, incoming);
    if (answer.status !== 204 && 'code' in answer && answer.code === 'captcha-required') onPauseCause();
    if (isTaken) receiveRequest(rest.bot, incoming);
    world.note(() => `Discord answers ${incoming.nonce} with ${answer.status}, ${isTaken ? 'taken' : 'not taken'}`);
    world.after(afterMs, () => respond(answer));
  });
}

interface RestDecision {
  readonly answer: RestAnswer;
  readonly isTaken: boolean;
  readonly afterMs: number;
}

function decide(rest: RestModel, { request, owner }: IncomingRequest): RestDecision {
  const { world, discord, situations } = rest.bot;
  const not = (answer: RestAnswer): RestDecision => ({ answer, isTaken: false, afterMs: world.between(5, 300) });
  if (owner !== 'ours') return { answer: { status: 204 }, isTaken: true, afterMs: 0 };
  if (rest.isTokenBad) return not(refused(401, 'account-unauthorized'));
  if (rest.trouble && rest.trouble.untilMs > world.nowMs) return not(troubleAnswer(rest.trouble.kind, rest.trouble.untilMs - world.nowMs));
  if (request.kind === 'press' && !discord.has(request.messageId)) return not(refused(404, 'upstream-refused'));
  if (world.chance(situations.restTrouble)) return drawTrouble(rest);
  return { answer: { status: 204 }, isTaken: true, afterMs: world.between(5, 900) };
}

function troubleAnswer(kind: NonNullable<RestModel['trouble']>['kind'], leftMs: number): RestAnswer {
  if (kind === 'down') return NOT_SENT;
  return kind === 'rate' ? refused(429, 'upstream-rate-limited', leftMs) : refused(403, 'upstream-rate-limited');
}

function drawTrouble(rest: RestModel): RestDecision {
  const { world } = rest.bot;
  const afterMs = world.between(5, 300);
  const taken = { isTaken: world.chance(0.5), afterMs: world.between(100, 30_000) };
  switch (world.random.below(8)) {
    case 0:
    case 1:
    case 2:
      rest.trouble = {
        kind: world.random.pick(['rate', 'rate', 'address-blocked', 'down']),
        untilMs: world.nowMs + world.between(2_000, 90_000),
      };
      return { answer: troubleAnswer(rest.trouble.kind, rest.trouble.untilMs - world.nowMs), isTaken: false, afterMs };
    case 3:
      return { answer: refused(401, 'upstream-failed'), isTaken: false, afterMs };
    case 4:
      if (world.chance(0.2)) return { answer: refused(400, 'captcha-required'), isTaken: false, afterMs };
      return { answer: refused(403, 'upstream-refused'), isTaken: false, afterMs };
    case 5:
      return { answer: unknown(503), ...taken };
    default:
      return { answer: unknown(0), ...taken };
  }
}
