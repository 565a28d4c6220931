import type { Script, Step } from './steps.ts';
import type { Fields } from './wire.ts';

/** Steps of the bot's usual answers, in the form of the files in `inputs/`. */

const ROW = 1;
const BUTTON = 2;

export const button = (label: string, customId: string): Fields => ({ type: BUTTON, style: 2, label, custom_id: customId });
export const buttonRow = (...components: Fields[]): Fields => ({ type: ROW, components });

/** U1–U4 and V1–V4. */
export const GRID_BUTTONS: readonly Fields[] = [
  buttonRow(...[1, 2, 3, 4].map((number) => button(`U${number}`, `MJ::JOB::upsample::${number}::{uuid:job}`))),
  buttonRow(...[1, 2, 3, 4].map((number) => button(`V${number}`, `MJ::JOB::variation::${number}::{uuid:job}`))),
];
export const CANCEL_ROW = buttonRow(button('Cancel Job', 'MJ::CancelJob::ByJobid::{uuid:job}'));

export const PREVIEW: Fields = {
  filename: '{uuid:job}_grid_0.webp',
  url: '{cdn:preview}',
  content_type: 'image/webp',
  width: 128,
  height: 128,
};
export const PICTURE: Fields = {
  filename: 'op_words_{uuid:job}.png',
  url: '{cdn:picture}',
  content_type: 'image/png',
  width: 128,
  height: 128,
};
export const ANSWERS_US: Fields = { id: '{interaction}', type: 2, name: 'imagine', user: { id: '{user}' } };

export const created = (afterMs = 20): Step => ({
  afterMs,
  event: 'INTERACTION_CREATE',
  data: { id: '{interaction}', nonce: '{nonce}' },
});
export const succeeded = (): Step => ({ afterMs: 0, event: 'INTERACTION_SUCCESS', data: { id: '{interaction}', nonce: '{nonce}' } });

/** The first message about a job: `nonce` and `interaction_metadata` say whose it is. */
export const start = (fields: Fields = {}, afterMs = 0): Step => ({
  afterMs,
  event: 'MESSAGE_CREATE',
  data: {
    id: '{id:start}',
    type: 20,
    nonce: '{nonce}',
    content: '**{echo}** - <@{user}> (Waiting to start)',
    interaction_metadata: ANSWERS_US,
    ...fields,
  },
});

export const progress = (percent: string, fields: Fields = {}, afterMs = 400): Step => ({
  afterMs,
  event: 'MESSAGE_UPDATE',
  data: {
    id: '{id:start}',
    content: `**{echo}** - <@{user}> (${percent}) (fast)`,
    attachments: [PREVIEW],
    components: [CANCEL_ROW],
    ...fields,
  },
});

export const result = (fields: Fields = {}, afterMs = 400): Step => ({
  afterMs,
  event: 'MESSAGE_CREATE',
  data: {
    id: '{id:result}',
    type: 0,
    content: '**{echo}** - <@{user}> (fast)',
    attachments: [PICTURE],
    components: GRID_BUTTONS,
    ...fields,
  },
});

export const gone = (afterMs = 0): Step => ({ afterMs, event: 'MESSAGE_DELETE', data: { id: '{id:start}' } });
export const goneInBulk = (afterMs = 0): Step => ({ afterMs, event: 'MESSAGE_DELETE_BULK', data: { ids: ['{id:start}'] } });

/** A message with an embed of the bot's own. */
export const notice = (title: string, description: string, fields: Fields = {}, afterMs = 20): Step => ({
  afterMs,
  event: 'MESSAGE_CREATE',
  data: { id: '{id:notice}', type: 0, embeds: [{ type: 'rich', title, description, color: 16_711_680 }], ...fields },
});

/** The fields of an answer that only the account's user sees. */
export const PRIVATE_ANSWER: Fields = { type: 20, flags: 64, nonce: '{nonce}', interaction_metadata: ANSWERS_US };

export const scriptOf = (prompt: string, ...steps: Step[]): Script => ({ prompt, times: 1, steps });

/** Accepted, started, and then these steps. */
export const startedThen = (prompt: string, ...steps: Step[]): Script => scriptOf(prompt, created(), start(), succeeded(), ...steps);

/** A job without trouble. */
export const plainScript = (prompt = 'a fox'): Script => startedThen(prompt, progress('46%'), result(), gone());

/** The message of a step stands in the channel, and no event of it is sent. */
export const inHistory = ({ data }: Step, afterMs = 300): Step => ({ afterMs, do: 'history-only', ...(data && { data }) });
