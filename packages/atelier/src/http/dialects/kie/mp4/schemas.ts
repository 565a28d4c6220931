import { Type } from 'typebox';
import { VIDEO_SIZES, VIDEO_TEMPLATES } from '../../../../engine/music-video/input.ts';
import { Accepted, AnyCode, answers, nullable, text } from '../schema-parts.ts';
import { Mp4Record } from '../suno/schemas/record-schemas.ts';

/** The pages on music videos as the OpenAPI document shows them. Source: kie, mp4/generate; kie, mp4/record-info. */
const TAGS = ['Music video'];

/** Of `author` and `domainName`. Source: kie, mp4/generate. */
export const MAX_NAME_LENGTH = 50;

export const mp4Schema = {
  summary: 'Render the music video of a track; 409 when it exists already',
  tags: TAGS,
  body: Type.Object({
    taskId: text('Id of the music task'),
    audioId: text('Id of one of its tracks'),
    callBackUrl: Type.String({ format: 'uri', description: 'URL that gets a POST when the video is finished or has failed' }),
    author: Type.Optional(Type.String({ maxLength: MAX_NAME_LENGTH, description: 'Shown as the artist' })),
    domainName: Type.Optional(Type.String({ maxLength: MAX_NAME_LENGTH, description: 'Shown at the bottom' })),
    template: Type.Optional(
      Type.String({
        enum: [...VIDEO_TEMPLATES],
        default: VIDEO_TEMPLATES[0],
        description: `This server’s own field: ${VIDEO_SIZES}`,
      }),
    ),
  }),
  response: answers(Accepted, AnyCode),
};

export const mp4RecordSchema = {
  summary: 'State of a music video; for an unknown task, or another key’s, the answer is a success without data',
  tags: TAGS,
  querystring: Type.Object({ taskId: text('Id of the task') }),
  response: answers(nullable(Mp4Record, 'The task, or null'), AnyCode),
};
