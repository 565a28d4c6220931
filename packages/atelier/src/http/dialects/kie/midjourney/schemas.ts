import { Type, type TProperties } from 'typebox';
import { ACCEPTED, answers, closed, Code, nullable, text } from '../schema-parts.ts';

/**
 * The pages of the manual as JSON Schema, for the OpenAPI document. They describe and decide nothing: what is taken, and in which
 * words the rest is refused, is the readers' business (`generate.ts`, `follow-up.ts`), which are more lenient than the manual.
 * Source: kie, Midjourney pages.
 */
const TAGS = ['Midjourney'];

const callBackUrl = Type.Optional(
  Type.String({ format: 'uri', description: 'Told when the task has ended, well or not; leave it out and poll record-info instead' }),
);
const waterMark = Type.Optional(text('Accepted and shown in paramJson; Midjourney itself has no watermark'));

const GenerateBody = Type.Object({
  taskType: Type.Optional(
    Type.String({
      enum: ['mj_txt2img', 'mj_img2img', 'mj_style_reference', 'mj_omni_reference', 'mj_video', 'mj_video_hd'],
      default: 'mj_txt2img',
      description: 'What is to be made, and from what; fields that it has no use for are ignored',
    }),
  ),
  prompt: Type.String({
    minLength: 1,
    maxLength: 2_000,
    description: 'What is to be seen; Midjourney’s own parameters in it win over the fields here',
  }),
  speed: Type.Optional(
    Type.String({
      enum: ['relaxed', 'fast', 'turbo'],
      description: 'Left out: as the Midjourney account is set. Not for videos and omni references',
    }),
  ),
  fileUrl: Type.Optional(text('One image, where `fileUrls` is empty; the older of the two fields')),
  fileUrls: Type.Optional(
    Type.Array(text('URL of an image'), { description: 'Images to work from; exactly one for videos, none for mj_txt2img' }),
  ),
  aspectRatio: Type.Optional(
    Type.String({ pattern: '^[1-9]\\d{0,3}:[1-9]\\d{0,3}$', description: 'Width to height, such as 16:9; not for videos' }),
  ),
  version: Type.Optional(text('Midjourney’s version: 7, 6.1, 6, 5.2, 5.1 or niji6, and whatever else Midjourney has')),
  variety: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: 'How much the four pictures differ (Midjourney’s chaos)' })),
  stylization: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000, description: 'How much of its own taste Midjourney adds' })),
  weirdness: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_000, description: 'How unusual the pictures may be' })),
  ow: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, description: 'Weight of an omni reference; only for mj_omni_reference' })),
  waterMark,
  enableTranslation: Type.Optional(
    Type.Boolean({ default: false, description: 'Accepted and ignored: Midjourney reads prompts in any language' }),
  ),
  videoBatchSize: Type.Optional(Type.Integer({ enum: [1, 2, 4], default: 1, description: 'How many videos; only for videos' })),
  motion: Type.Optional(Type.String({ enum: ['high', 'low'], default: 'high', description: 'How much moves; only for videos' })),
  callBackUrl,
});

const finishedTask = text('Id of a finished task that belongs to the same key');

const pictureBody = (index: TProperties) => Type.Object({ taskId: finishedTask, ...index, waterMark, callBackUrl });
const imageIndex = { imageIndex: Type.Integer({ minimum: 0, maximum: 3, description: 'Which of the four pictures, counted from 0' }) };
const indexFromOne = { index: Type.Integer({ minimum: 1, maximum: 4, description: 'Which of the four pictures, counted from 1' }) };

const ExtendBody = Type.Object({
  taskId: finishedTask,
  taskType: Type.String({
    enum: ['mj_video_extend_manual', 'mj_video_extend_auto'],
    description: 'Whether the prompt or Midjourney decides how the video goes on',
  }),
  index: Type.Integer({ minimum: 0, description: 'Which of the task’s videos, counted from 0' }),
  prompt: Type.Optional(Type.String({ maxLength: 2_000, description: 'What happens next; required for mj_video_extend_manual' })),
  waterMark,
  callBackUrl,
});

const ResultUrls = Type.Array(closed({ resultUrl: Type.String({ format: 'uri', description: 'Link to one picture or video' }) }), {
  description: 'Four pictures for a grid, one for an upscale, as many videos as were asked for; objects here, plain texts in callbacks',
});

const Record = closed({
  taskId: text('The id that was asked for'),
  taskType: text('As requested; mj_upscale and mj_vary for the follow-ups'),
  paramJson: Type.String({ contentMediaType: 'application/json', description: 'The request as JSON, its keys in order' }),
  completeTime: nullable(Type.String({ format: 'date-time' }), 'When the task ended; null while it runs'),
  resultInfoJson: nullable(closed({ resultUrls: ResultUrls }), 'The result, an object in spite of its name; null until there is one'),
  successFlag: Type.Integer({ enum: [0, 1, 2, 3], description: '0 generating, 1 success, 2 failed, 3 created but its generation failed' }),
  createTime: Type.String({ format: 'date-time', description: 'When the task was accepted' }),
  errorCode: nullable(Code, 'Why the task failed; null while it runs and for a success'),
  errorMessage: nullable(Type.String(), 'The same in words, Midjourney’s own where it gave some'),
  state: Type.Optional(
    Type.String({
      enum: ['waiting', 'generating', 'success', 'fail'],
      description: 'The same as successFlag, as the vendor’s other endpoints name it',
    }),
  ),
  resultJson: Type.Optional(
    nullable(Type.String({ contentMediaType: 'application/json' }), 'The links as JSON, as the vendor’s other endpoints have them'),
  ),
});

/** The body sent to `callBackUrl` when a task has ended. The last four fields stand only in those of video extensions. */
export const Callback = closed({
  code: Type.Integer({ enum: [200, 500], description: '200 success, 500 failure' }),
  msg: text('`success`, or what went wrong'),
  data: closed(
    {
      taskId: text('The id that the request was answered with'),
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
  summary: 'Single out one picture of a finished task',
  tags: TAGS,
  body: pictureBody(imageIndex),
  response: ACCEPTED,
};
export const upscaleAliasSchema = {
  summary: 'The same, with the path and the index of the vendor’s quickstart',
  tags: TAGS,
  body: pictureBody(indexFromOne),
  response: ACCEPTED,
};
export const varySchema = {
  summary: 'Four variations of one picture of a finished task',
  tags: TAGS,
  body: pictureBody(imageIndex),
  response: ACCEPTED,
};
export const varyAliasSchema = {
  summary: 'The same, with the path and the index of the vendor’s quickstart',
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
  summary: 'How a task stands; a task that is not yours, or not at all, is a success without data',
  tags: TAGS,
  querystring: Type.Object({ taskId: text('Id of the task') }),
  response: answers(nullable(Record, 'The task, or null')),
};
