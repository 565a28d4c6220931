type Spec<Value> = { default: Value; doc: string; accepts: (value: unknown) => value is Value };

const flag = (byDefault: boolean, doc: string): Spec<boolean> => ({
  default: byDefault,
  doc,
  accepts: (value) => typeof value === 'boolean',
});
const count = (byDefault: number, doc: string): Spec<number> => ({
  default: byDefault,
  doc,
  accepts: (value): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0,
});
const signed = (byDefault: number, doc: string): Spec<number> => ({
  default: byDefault,
  doc,
  accepts: (value): value is number => typeof value === 'number' && Number.isSafeInteger(value),
});
const words = (byDefault: string, doc: string): Spec<string> => ({
  default: byDefault,
  doc,
  accepts: (value): value is string => typeof value === 'string',
});
const choice = <const Option extends string>(options: readonly [Option, ...Option[]], doc: string): Spec<Option> => ({
  default: options[0],
  doc: `${doc} One of ${options.map((option) => `\`${option}\``).join(', ')}.`,
  accepts: (value): value is Option => options.some((option) => option === value),
});

/** Every switch of the simulator with its default and its documentation. Each one was seen to matter to some client. */
export const SWITCHES = {
  finalNonce: flag(true, "A finished picture carries a nonce of the bot's own."),
  footer: flag(true, 'A finished picture has a second line of text, beginning with `-#`.'),
  eventOrder: choice(['after-204', 'before-204'], 'Whether gateway events follow or precede the answer to POST /interactions.'),
  eventDelayMs: count(20, 'Milliseconds between that answer and the first event, in either order.'),
  startDeletion: choice(
    ['after', 'before', 'late', 'never'],
    'When the start message is deleted, seen from the finished picture; `late` is 600 ms after it.',
  ),
  startEmpty: flag(false, 'The start message comes with empty content and is filled by an update.'),
  rewritePrompts: flag(true, 'The echoed prompt is tidied and gets default parameters, as Midjourney does.'),
  upscaleStart: choice(['random', 'always', 'never'], 'Whether U1–U4 show a start message first.'),
  videoResults: choice(
    ['preview', 'videos'],
    'Whether a video job ends in one moving picture whose U buttons give the videos, or in the videos themselves.',
  ),
  previews: flag(true, 'Progress messages carry a picture.'),
  previewName: choice(
    ['<job>_grid_0.webp', 'grid_0.webp'],
    'File name of the picture of a progress message. Discord has shown both; one client takes a name with an id for a finished picture.',
  ),
  signedUrls: flag(true, 'CDN links are signed and refused without a valid signature.'),
  urlLifetimeMs: count(86_400_000, 'Lifetime of a signed link, in milliseconds.'),
  heartbeatIntervalMs: count(
    41_250,
    'Heartbeat interval in Hello, in milliseconds; a client that is silent for twice as long is closed with 4000.',
  ),
  swallowAcks: flag(false, 'Heartbeats are not acknowledged.'),
  replayBufferEvents: count(1_000, 'Number of events that a session keeps for a resume.'),
  sessionLifetimeMs: count(300_000, 'Milliseconds for which a disconnected session can be resumed.'),
  identifyIntervalMs: count(
    0,
    'Least milliseconds between two identifies of one user; an earlier one is answered with op 9 `false`. Discord: 5000.',
  ),
  duplicateAfterResume: flag(false, 'Replayed events come twice.'),
  shuffleAfterResume: flag(false, 'Replayed events come with neighbours swapped.'),
  reverseEqualPrompts: flag(false, 'Of several running jobs with one prompt the last to start is the first to finish.'),
  subscriptionsRequired: flag(
    false,
    'MESSAGE events of a server reach a user client only after op 37 or op 14 for that server, and after a resume only after another one.',
  ),
  messageEvents: flag(true, 'Messages, edits and deletions are told by events; without, they stand only in the history.'),
  unfurl: choice(
    ['none', 'link', 'article', 'image', 'video', 'gifv'],
    'The type of the embeds that Discord adds to a message with links, by a MESSAGE_UPDATE; here also for links in angle brackets, as the bot echoes them.',
  ),
  unfurlTitle: words('Access denied', 'The title of these embeds, as a page would have it.'),
  unfurlDelayMs: count(400, 'Milliseconds after the message until Discord adds them.'),
  botDelayMs: count(0, 'Milliseconds after which the bot answers an interaction that Discord has announced at once.'),
  interactionTimeoutMs: count(
    3_000,
    'Milliseconds after which INTERACTION_FAILURE (reason 2) comes for an interaction that the bot has not answered; a bot that is slower (`botDelayMs`) answers all the same.',
  ),
  freshTokens: flag(false, 'READY carries a new `auth_token` for clients with bit 8 in their capabilities.'),
  oldTokenLifetimeMs: count(3_600_000, 'Milliseconds for which a token is good after READY has brought a new one.'),
  requiredAction: words('', 'The `required_action` of READY, for instance `REQUIRE_VERIFIED_EMAIL`; empty: none.'),
  readyBytes: count(0, 'READY of a user client is filled up to this size with other users, as for an account in many servers.'),
  clockSkewMs: signed(0, "Milliseconds by which Discord's clock is ahead: the `Date` header, ids and timestamps. Negative: behind."),
  maxUploadBytes: count(25 * 1024 * 1024, 'A larger file is refused with 413 and code 40005.'),
  commandPlaces: choice(
    ['everywhere', 'guild', 'channel', 'user'],
    "The only index that lists the bot's commands; the others answer an empty list.",
  ),
  retryAfterMs: count(2_000, 'Milliseconds that a 429 asks the client to wait.'),

  // The manner of the bot. A scenario word sets one of these for a single job (`midjourney-bot/prompts/job-words.ts`).
  messageForm: choice(
    ['plain', 'containers'],
    'How the bot writes start, progress, result and refusal: as plain messages, or in components v2 (flag 32768) with empty content and attachments.',
  ),
  startForm: choice(
    ['answer', 'thinking', 'late'],
    'How a job starts: as the answer; without a nonce after 12 s (at pace 1) of private thinking; without nonce and interaction, after `INTERACTION_FAILURE`.',
  ),
  percentForm: choice(['46%', '46.5%', '46 %', '４６％', 'words'], 'How progress is written; `words` has no number.'),
  cancelButton: flag(true, 'Progress messages carry the button *Cancel Job*.'),
  echoForm: choice(
    ['usual', 'zero-width', 'short-names', 'defaults', 'sequence', 'weights', 'all'],
    'How else the echo differs: invisible characters dropped, short names of parameters, default parameters added, parameters reversed, weights with or without `.0`; or all of it.',
  ),
  echoLimit: count(
    0,
    'Longer echoes are cut: after so many characters in the start, 20 fewer in progress, 30 more in the result. 0: never.',
  ),
  startVanishes: choice(
    ['never', '40', '93'],
    'After this percentage the start message is deleted. A result follows only with `resultDelayMs` or where `resultForm` is `lost`; else moderation took it.',
  ),
  vanishWords: flag(false, 'Before a start message vanishes the bot replies in private: *Content removed*.'),
  channelEmptied: flag(false, 'At 40 % of a job the whole channel is emptied by bulk deletion. The job goes on.'),
  resultForm: choice(
    ['message', 'bare', 'edit', 'reply', 'interaction', 'lost'],
    'How the result comes: as a message; without nonce, reply and interaction; as an edit of the start message; as a reply to the deleted start message; with the interaction; or never, though `/show` has it.',
  ),
  resultButtons: choice(
    ['usual', 'none', 'odd'],
    'The buttons below a result. `odd`: a custom emoji without a name, *Upscale*, and *Enhance* beside a text.',
  ),
  resultDelayMs: count(0, 'Milliseconds, at pace 1, that a result comes later.'),
  accountState: choice(
    ['usual', 'mute', 'human-check', 'temporary-block', 'credits', 'fast-hours-content', 'queue-full', 'slow-down'],
    'The state of every account: the bot never answers; a human check of no interaction comes instead; blocked until a time; fast hours used up (relax mode goes on), told in an embed or in private plain text; queue full; slowed down until a time.',
  ),
  blockMs: count(60_000, 'Milliseconds of a temporary block, from its first refusal, and of Slow Down.'),
  nijiBot: flag(
    false,
    "The commands of the Niji bot stand in the command indexes, after Midjourney's. The bot answers, and has its own index, in either position.",
  ),
} as const satisfies Record<string, { default: unknown; doc: string; accepts: (value: unknown) => boolean }>;

export type Switches = { -readonly [Name in keyof typeof SWITCHES]: (typeof SWITCHES)[Name]['default'] };

export const defaultSwitches = (): Switches =>
  // `fromEntries` forgets which name has which type.
  Object.fromEntries(Object.entries(SWITCHES).map(([name, spec]) => [name, spec.default])) as Switches;

/** The first fault of new positions, or null when all of them can be applied. */
export function switchFault(patch: object): string | null {
  for (const [name, value] of Object.entries(patch)) {
    const spec = isSwitchName(name) ? SWITCHES[name] : undefined;
    if (!spec) return `there is no switch ${name}`;
    if (!spec.accepts(value)) return `${name} cannot be ${JSON.stringify(value)}. ${spec.doc}`;
  }
  return null;
}

const isSwitchName = (name: string): name is keyof Switches => Object.hasOwn(SWITCHES, name);

/** Each switch with its position, its default and its meaning. */
export const describeSwitches = (switches: Readonly<Switches>): Record<string, { value: unknown; default: unknown; doc: string }> =>
  Object.fromEntries(
    Object.entries(switches).flatMap(([name, value]) => {
      const spec = isSwitchName(name) ? SWITCHES[name] : undefined;
      return spec ? [[name, { value, default: spec.default, doc: spec.doc }]] : [];
    }),
  );
