import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SUNO_OPERATIONS } from '../../../engine/suno/input.ts';
import { textAt } from '@atelier/lib/json';
import { answerUnknownPath } from './unknown-path.ts';

/** Paths that client programs try, and the correct path. */
const GUESSED: readonly [method: string, path: string, correct: string][] = [
  ['POST', '/api/v1/suno/generate', 'POST /api/v1/generate'],
  ['POST', '/api/v1/generate/music', 'POST /api/v1/generate'],
  ['POST', '/api/v1/music', 'POST /api/v1/generate'],
  ['GET', '/api/v1/generate', 'POST /api/v1/generate'],
  ['GET', '/api/v1/generate/get', 'GET /api/v1/generate/record-info?taskId={taskId}'],
  ['GET', '/api/v1/generate/recordInfo', 'GET /api/v1/generate/record-info?taskId={taskId}'],
  ['GET', '/api/v1/generate/status/abc', 'GET /api/v1/generate/record-info?taskId={taskId}'],
  ['GET', '/api/v1/suno/record-info', 'GET /api/v1/generate/record-info?taskId={taskId}'],
  ['GET', '/api/v1/suno/task/abc', 'GET /api/v1/generate/record-info?taskId={taskId}'],
  ['POST', '/api/v1/generate/mp4', 'POST /api/v1/mp4/generate'],
  ['POST', '/api/v1/suno/mp4', 'POST /api/v1/mp4/generate'],
  ['POST', '/api/v1/music-video', 'POST /api/v1/mp4/generate'],
  ['GET', '/api/v1/mp4/recordInfo', 'GET /api/v1/mp4/record-info?taskId={taskId}'],
  ['GET', '/api/v1/mp4/details', 'GET /api/v1/mp4/record-info?taskId={taskId}'],
  ['POST', '/api/v1/lyrics/generate', 'POST /api/v1/lyrics'],
  ['POST', '/api/v1/generate/lyrics', 'POST /api/v1/lyrics'],
  ['GET', '/api/v1/lyrics/timestamped', 'POST /api/v1/generate/get-timestamped-lyrics'],
  ['POST', '/api/v1/generate/wav', 'POST /api/v1/wav/generate'],
  ['POST', '/api/v1/stems', 'POST /api/v1/vocal-removal/generate'],
  ['POST', '/api/v1/cover/generate', 'POST /api/v1/suno/cover/generate'],
  ['POST', '/api/v1/generate/uploadCover', 'POST /api/v1/generate/upload-cover'],
  ['POST', '/api/v1/extend', 'POST /api/v1/generate/extend'],
  ['GET', '/api/v1/credits', 'GET /api/v1/chat/credit'],
  ['POST', '/api/v1/mj/video-extend', 'POST /api/v1/mj/generateVideoExtend'],
];

for (const [method, path, correct] of GUESSED) {
  test(`kie: ${method} ${path} is answered with ${correct}`, () => {
    const reply = answerUnknownPath(method, path);
    assert.deepEqual(reply, { status: 404, body: { code: 404, msg: `${method} ${path} not found. Use ${correct}`, data: null } });
  });
}

test('kie: a wrong method on a Suno page is answered with the right one', () => {
  for (const { submit, record } of Object.values(SUNO_OPERATIONS)) {
    const said = (method: string, path: string): string => textAt(answerUnknownPath(method, `/api/v1/${path}`)?.body ?? {}, 'msg');
    assert.match(said('GET', submit), new RegExp(`Use POST /api/v1/${submit}$`));
    assert.match(said('POST', record), new RegExp(`Use GET /api/v1/${record}\\?`));
  }
});
