import { objectAt, textAt, type JsonObject } from '@atelier/lib/json';

/** The requests that submit and read a picture job in one dialect, and the parts of its answers. */
export interface TestDialect {
  name: 'native' | 'useapi' | 'kie' | 'linkr';
  submit: { path: string; body: JsonObject };
  /** The field with the callback URL. */
  callback: string;
  /** Path that reads a job, up to the id. */
  read: string;
  idOf(body: JsonObject): string;
  /** The code of an answer; 0 where the HTTP status and the body disagree. */
  codeOf(status: number, body: JsonObject): number;
}

/** The four dialects, for tests of their common promises. */
export const DIALECTS: readonly TestDialect[] = [
  {
    name: 'native',
    submit: { path: '/jobs', body: { verb: 'imagine', prompt: 'a fox' } },
    callback: 'callbackUrl',
    read: '/jobs/',
    idOf: (body) => textAt(body, 'id'),
    codeOf: (status) => status,
  },
  {
    name: 'useapi',
    // `maxJobs` above the number of running jobs of any test.
    submit: { path: '/v2/jobs/imagine', body: { prompt: 'a fox', maxJobs: 15 } },
    callback: 'replyUrl',
    read: '/v2/jobs/?jobid=',
    idOf: (body) => textAt(body, 'jobid'),
    codeOf: (status, body) => (body['code'] === status ? status : 0),
  },
  {
    name: 'kie',
    submit: { path: '/api/v1/mj/generate', body: { taskType: 'mj_txt2img', prompt: 'a fox' } },
    callback: 'callBackUrl',
    read: '/api/v1/mj/record-info?taskId=',
    idOf: (body) => textAt(objectAt(body, 'data'), 'taskId'),
    codeOf: (status, body) => (status === 200 ? Number(body['code']) : 0),
  },
  {
    name: 'linkr',
    submit: { path: '/v1/imagine', body: { prompt: 'a fox' } },
    callback: 'webhook_url',
    read: '/v1/fetch/',
    idOf: (body) => textAt(body, 'task_id'),
    codeOf: (status) => status,
  },
];
