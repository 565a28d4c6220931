/** Parts of the simulator for the tests of other packages. */
export { createTestSimulator, openTestSocket, type TestSimulator } from './client.ts';
export { createTestPainter } from './painter.ts';
export { createTestSunoVendor, type TestSunoVendor } from './suno-vendor.ts';
export { REFUSALS } from '../midjourney-bot/jobs/refusals.ts';
