import type { PaintRequest } from './paint-request.ts';
import { createStudio } from './studio.ts';
import { answerRequests } from '../worker-pool.ts';

/** The thread that paints. */
const studio = createStudio();
answerRequests(async (request: PaintRequest) => {
  const picture = await studio.paint(request);
  const bytes = new Uint8Array(picture.bytes);
  return { result: { ...picture, bytes }, transfer: [bytes.buffer] };
});
