import type { DiscordButton, DiscordComponent } from '../discord/model.ts';

type Rows = readonly (readonly DiscordComponent[])[];

const button = (label: string, customId: string, emoji?: string): DiscordButton => ({
  kind: 'button',
  style: 2,
  label,
  customId,
  ...(emoji === undefined ? {} : { emoji }),
});
const symbol = (emoji: string, customId: string): DiscordButton => ({ kind: 'button', style: 2, emoji, customId });

/** U1–U4 🔄 and V1–V4. Source: midjourney-bot, buttons, like all ids here. */
export const gridRows = (jobId: string): Rows => [
  [
    ...[1, 2, 3, 4].map((index) => button(`U${index}`, `MJ::JOB::upsample::${index}::${jobId}`)),
    symbol('🔄', `MJ::JOB::reroll::0::${jobId}::SOLO`),
  ],
  [1, 2, 3, 4].map((index) => button(`V${index}`, `MJ::JOB::variation::${index}::${jobId}`)),
];

/** The buttons under a single picture; `square` leaves out Make Square, which would change nothing. */
export function singleRows(jobId: string, options: { version: string; square: boolean }): Rows {
  const job = (action: string): string => `MJ::JOB::${action}::1::${jobId}::SOLO`;
  // The id of Remaster was not published; this id is made up.
  if (isOld(options.version)) {
    return [[button('Make Variations', job('variation'), '🪄'), button('Remaster', job('remaster'), '🆕')], bookmarkRow(jobId)];
  }
  const upscalers = upscalersOf(options.version).map(({ label, action }) => button(label, job(action)));
  return [
    ...(upscalers.length === 0 ? [] : [upscalers]),
    [
      button('Vary (Subtle)', job('low_variation'), '🪄'),
      button('Vary (Strong)', job('high_variation'), '🪄'),
      button('Vary (Region)', `MJ::Inpaint::1::${jobId}::SOLO`, '🖌️'),
    ],
    [
      button('Zoom Out 2x', `MJ::Outpaint::50::1::${jobId}::SOLO`, '🔍'),
      button('Zoom Out 1.5x', `MJ::Outpaint::75::1::${jobId}::SOLO`, '🔍'),
      button('Custom Zoom', `MJ::CustomZoom::${jobId}`, '🔍'),
      ...(options.square ? [] : [button('Make Square', `MJ::Outpaint::100::1::${jobId}::SOLO`, '↔️')]),
    ],
    [symbol('⬅️', job('pan_left')), symbol('➡️', job('pan_right')), symbol('⬆️', job('pan_up')), symbol('⬇️', job('pan_down'))],
    [
      button('Animate (High motion)', job('animate_high'), '🎞️'),
      button('Animate (Low motion)', job('animate_low'), '🎞️'),
      ...bookmarkRow(jobId),
    ],
  ];
}

/** The buttons under several videos: U1–U4 choose one of them. Source: midjourney-bot, videos. */
export const videoRows = (jobId: string, videos: number): Rows => [
  [
    ...Array.from({ length: videos }, (_none, index) => button(`U${index + 1}`, `MJ::JOB::video_virtual_upscale::${index + 1}::${jobId}`)),
    symbol('🔄', `MJ::JOB::reroll::0::${jobId}::SOLO`),
  ],
  bookmarkRow(jobId),
];

/** The buttons under each video of a message; `numbers` count the videos within their job. */
export const extendRows = (jobId: string, numbers: readonly number[]): Rows => [
  ...numbers.map((number) => [
    button('Extend (High motion)', `MJ::JOB::animate_high_extend::${number}::${jobId}`, '🎞️'),
    button('Extend (Low motion)', `MJ::JOB::animate_low_extend::${number}::${jobId}`, '🎞️'),
  ]),
  bookmarkRow(jobId),
];

/** After an upscale: the same again, or nothing more. */
export const upscaledRows = (jobId: string, version: string): Rows => [
  upscalersOf(version).map(({ label, action }) => button(`Redo ${label}`, `MJ::JOB::${action}::1::${jobId}::SOLO`)),
  bookmarkRow(jobId),
];

const bookmarkRow = (jobId: string): DiscordButton[] => [
  symbol('❤️', `MJ::BOOKMARK::${jobId}`),
  { kind: 'button', style: 5, label: 'Web', url: `https://www.midjourney.com/jobs/${jobId}` },
];

/** Versions 1 to 4: no upscalers, zoom or pan. */
const isOld = (version: string): boolean => /^(?:niji )?[1-4](?:\.|$)/.test(version);

export interface Upscaler {
  label: string;
  action: string;
  factor: 2 | 4;
}

/** Which upscalers a version has. */
export function upscalersOf(version: string): Upscaler[] {
  const pair = (prefix: string): Upscaler[] => [
    { label: 'Upscale (Subtle)', action: `upsample_${prefix}_2x_subtle`, factor: 2 },
    { label: 'Upscale (Creative)', action: `upsample_${prefix}_2x_creative`, factor: 2 },
  ];
  if (version.startsWith('8')) return [];
  if (version.startsWith('7') || version === 'niji 7') return pair('v7');
  if (version === '6.1') return pair('v6r1');
  if (version.startsWith('6') || version === 'niji 6') return pair('v6');
  return [
    { label: 'Upscale (2x)', action: 'upsample_v5_2x', factor: 2 },
    { label: 'Upscale (4x)', action: 'upsample_v5_4x', factor: 4 },
  ];
}

/** Buttons in unusual places: a custom emoji without a name, and one beside a text. Source: midjourney-bot, message parts. */
export const oddRows = (jobId: string): Rows => [
  [
    { kind: 'button', style: 2, emojiId: '111', customId: `MJ::JOB::enhance::1::${jobId}::SOLO` },
    button('Upscale', `MJ::JOB::upsample::1::${jobId}`),
  ],
  [{ ...button('Enhance', `MJ::JOB::enhance2::1::${jobId}::SOLO`), beside: 'Draft' }],
];

export const progressRows = (jobId: string): Rows => [
  [{ kind: 'button', style: 2, label: 'Cancel Job', customId: `MJ::CancelJob::ByJobid::${jobId}` }],
];

const NUMBERS = ['1️⃣', '2️⃣', '3️⃣', '4️⃣', '5️⃣'];

export const numberOf = (index: number): string => NUMBERS[index] ?? String(index + 1);

export const describeRows = (): Rows => [
  [...[1, 2, 3, 4].map((index) => symbol(numberOf(index - 1), `MJ::Job::PicReader::${index}`)), symbol('🔄', 'MJ::Picread::Retry')],
  [button('Imagine all', 'MJ::Job::PicReader::all', '🎉')],
];

export const shortenRows = (count: number): Rows => [
  Array.from({ length: count }, (_none, index) => symbol(numberOf(index), `MJ::Job::PromptAnalyzer::${index + 1}`)),
];
