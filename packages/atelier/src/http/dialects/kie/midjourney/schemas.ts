import { Type, type TProperties } from 'typebox';
import { ACCEPTED, answers, closed, Code, nullable, text } from '../schema-parts.ts';
import { EXTEND_TYPES } from './follow-up.ts';
import { MAX_PROMPT_LENGTH, RANGES, TASK_TYPES, VIDEO_BATCH_SIZES } from './generate.ts';

/**
 * The pages of the manual as JSON Schema, for the OpenAPI document. They validate nothing: `generate.ts` and `follow-up.ts` read the bodies,
 * accept more than the manual, and refuse in the vendor's words. Source: kie, mj/generate; kie, mj/generateUpscale; kie, mj/generateVary; kie,
 * mj/generateVideoExtend; kie, mj/record-info.
 */
const TAGS = ['Midjourney'];

const within = ({ min, max }: { min: number; max: number }) => ({ minimum: min, maximum: max });

const callBackUrl = Type.Optional(
  Type.String({
    format: 'uri',
    description: 'URL that gets a POST when the task has ended, with success or failure; without it, poll record-info',
  }),
);
const waterMark = Type.Optional(text('Accepted and shown in paramJson; Midjourney itself has no watermark'));

const GenerateBody = Type.Object({
  taskType: Type.Optional(
    Type.String({
      enum: [...TASK_TYPES],
      default: TASK_TYPES[0],
      description: 'The kind of task; fields that this kind does not use are ignored',
    }),
  ),
  prompt: Type.String({
    minLength: 1,
    maxLength: MAX_PROMPT_LENGTH,
    description: 'Description of the picture; Midjourney’s own parameters in it win over the fields here',
  }),
  speed: Type.Optional(
    Type.String({
      enum: ['relaxed', 'fast', 'turbo'],
      description: 'Without it, the Midjourney account’s own setting. Not for videos and omni references',
    }),
  ),
  fileUrl: Type.Optional(text('URL of one image, used where `fileUrls` is empty; the older of the two fields')),
  fileUrls: Type.Optional(
    Type.Array(text('URL of an image'), { description: 'Input images; exactly one for videos, ignored for mj_txt2img' }),
  ),
  aspectRatio: Type.Optional(
    Type.String({ pattern: '^[1-9]\\d{0,3}:[1-9]\\d{0,3}$', description: 'Width to height, such as 16:9; not for videos' }),
  ),
  version: Type.Optional(text('Midjourney’s version: 7, 6.1, 6, 5.2, 5.1, niji6, or any other version of Midjourney')),
  variety: Type.Optional(
    Type.Integer({ ...within(RANGES.variety), description: 'How much the four pictures differ (Midjourney’s chaos)' }),
  ),
  stylization: Type.Optional(Type.Integer({ ...within(RANGES.stylization), description: 'How much of its own style Midjourney adds' })),
  weirdness: Type.Optional(Type.Integer({ ...within(RANGES.weirdness), description: 'How unusual the pictures may be' })),
  ow: Type.Optional(Type.Integer({ ...within(RANGES.ow), description: 'Weight of an omni reference; only for mj_omni_reference' })),
  waterMark,
  enableTranslation: Type.Optional(
    Type.Boolean({ default: false, description: 'Accepted and ignored: Midjourney reads prompts in any language' }),
  ),
  videoBatchSize: Type.Optional(Type.Integer({ enum: VIDEO_BATCH_SIZES, default: 1, description: 'How many videos; only for videos' })),
  motion: Type.Optional(Type.String({ enum: ['high', 'low'], default: 'high', description: 'Amount of motion; only for videos' })),
  callBackUrl,
});

const finishedTask = text('Id of a finished task that belongs to the same key');

const pictureBody = (index: TProperties) => Type.Object({ taskId: finishedTask, ...index, waterMark, callBackUrl });
const imageIndex = { imageIndex: Type.Integer({ minimum: 0, maximum: 3, description: 'Which of the four pictures, counted from 0' }) };
const indexFromOne = { index: Type.Integer({ minimum: 1, maximum: 4, description: 'Which of the four pictures, counted from 1' }) };

const ExtendBody = Type.Object({
  taskId: finishedTask,
  taskType: Type.String({
    enum: [...EXTEND_TYPES],
    description: 'manual: the prompt decides how the video goes on; auto: Midjourney decides',
  }),
  index: Type.Integer({ minimum: 0, description: 'Which of the task’s videos, counted from 0' }),
  prompt: Type.Optional(
    Type.String({ maxLength: MAX_PROMPT_LENGTH, description: 'How the video goes on; required for mj_video_extend_manual' }),
  ),
  waterMark,
  callBackUrl,
});

const ResultUrls = Type.Array(closed({ resultUrl: Type.String({ format: 'uri', description: 'Link to one picture or video' }) }), {
  description: 'Four pictures for a grid, one for an upscale, the requested number of videos; objects here, plain texts in callbacks',
});

const Record = closed({
  taskId: text('The id in the query'),
  taskType: text('As requested; mj_upscale and mj_vary for the follow-ups'),
  paramJson: Type.String({ contentMediaType: 'application/json', description: 'The request as JSON, its keys in order' }),
  completeTime: nullable(Type.String({ format: 'date-time' }), 'When the task ended; null while it runs'),
  resultInfoJson: nullable(
    closed({ resultUrls: ResultUrls }),
    'The result, an object in spite of the field’s name; null until the task has succeeded',
  ),
  successFlag: Type.Integer({ enum: [0, 1, 2, 3], description: '0 generating, 1 success, 2 failed, 3 created but its generation failed' }),
  createTime: Type.String({ format: 'date-time', description: 'When the task was accepted' }),
  errorCode: nullable(Code, 'Why the task failed; null while it runs and for a success'),
  errorMessage: nullable(Type.String(), 'The reason in words, Midjourney’s own where it gave one'),
  state: Type.Optional(
    Type.String({
      enum: ['waiting', 'generating', 'success', 'fail'],
      description: 'The same as successFlag, under the name of the vendor’s other endpoints',
    }),
  ),
  resultJson: Type.Optional(
    nullable(Type.String({ contentMediaType: 'application/json' }), 'The links as JSON, in the form of the vendor’s other endpoints'),
  ),
});

/** The body sent to `callBackUrl` when a task has ended. Only video extensions have the last five fields. */
export const Callback = closed({
  code: Type.Integer({ enum: [200, 500], description: '200 success, 500 failure' }),
  msg: text('`success`, or the reason of the failure'),
  data: closed(
    {
      taskId: text('The id from the answer to the request'),
      promptJson: Type.String({ contentMediaType: 'application/json', description: 'The request as it was sent, as JSON' }),
      resultUrls: Type.Array(Type.String({ format: 'uri' }), {
        description: 'Links to the pictures or videos, plain texts; empty after a failure',
      }),
      taskType: Type.Optional(text('As requested')),
      successFlag: Type.Optional(Type.Integer({ enum: [1, 2, 3], description: 'As in record-info' })),
      resultInfoJson: Type.Optional(closed({ resultUrls: ResultUrls }, 'Only after a success: as in record-info')),
      errorCode: Type.Optional(Type.Literal('VIDEO_EXTEND_FAILED', { description: 'Only after a failure' })),
      errorMessage: Type.Optional(nullable(Type.String(), 'Only after a failure: why')),
    },
    'The task',
  ),
});

export const generateSchema = {
  summary: 'Make pictures or videos from a prompt',
  tags: TAGS,
  body: GenerateBody,
  response: ACCEPTED,
};
export const upscaleSchema = {
  summary: 'Upscale one picture of a finished task',
  tags: TAGS,
  body: pictureBody(imageIndex),
  response: ACCEPTED,
};
export const upscaleAliasSchema = {
  summary: 'Upscale one picture, with the path and the index of the vendor’s quickstart',
  tags: TAGS,
  body: pictureBody(indexFromOne),
  response: ACCEPTED,
};
export const varySchema = {
  summary: 'Make four variations of one picture of a finished task',
  tags: TAGS,
  body: pictureBody(imageIndex),
  response: ACCEPTED,
};
export const varyAliasSchema = {
  summary: 'Vary one picture, with the path and the index of the vendor’s quickstart',
  tags: TAGS,
  body: pictureBody(indexFromOne),
  response: ACCEPTED,
};
export const extendSchema = {
  summary: 'Make a video of a finished task longer',
  tags: TAGS,
  body: ExtendBody,
  response: ACCEPTED,
};
export const recordSchema = {
  summary: 'State of a task; for an unknown task, or another key’s, the answer is a success without data',
  tags: TAGS,
  querystring: Type.Object({ taskId: text('Id of the task') }),
  response: answers(nullable(Record, 'The task, or null')),
};
