import { objectAt, textAt, type JsonObject } from '@atelier/lib/json';

/** How an API makes a picture, how that job is read again, and what an answer says beside its HTTP status. */
export interface TestDialect {
  name: 'native' | 'useapi' | 'kie' | 'linkr';
  submit: { path: string; body: JsonObject };
  /** The field that says who is called back. */
  callback: string;
  /** In front of the id. */
  read: string;
  idOf(body: JsonObject): string;
  /** 0 where status and body disagree. */
  codeOf(status: number, body: JsonObject): number;
}

/** The four APIs, for tests of what all of them promise. */
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
    // However many jobs of a test are still at work.
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
