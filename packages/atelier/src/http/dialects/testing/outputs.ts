import { EMPTY_OUTPUT, type JobOutput, type OutputAsset } from '../../../core/job.ts';

/** A file of a finished job: a PNG, or an MP4 where the role is `video`. */
export const fakeAsset = (role: OutputAsset['role'], index: number): OutputAsset => ({
  assetId: `${role}${index}`,
  role,
  index,
  contentType: role === 'video' ? 'video/mp4' : 'image/png',
  filename: role === 'video' ? `${index}.mp4` : `${index}.png`,
  bytes: 1,
  width: 1,
  height: 1,
});

const button = (label: string, action: string) => ({ label, customId: `MJ::JOB::${action}::uuid`, style: 2 });

const MESSAGE = {
  id: '1234567890123456789',
  content: '**a fox** - <@1> (fast)',
  timestamp: '2025-02-26T10:31:00.000000+00:00',
  flags: 64,
  embeds: [],
};

/** A finished grid: its picture, the four pictures cut from it (not in order), and its nine buttons. */
export const GRID_OUTPUT: JobOutput = {
  ...EMPTY_OUTPUT,
  message: MESSAGE,
  assets: [fakeAsset('grid', 0), fakeAsset('image', 2), fakeAsset('image', 1), fakeAsset('image', 3), fakeAsset('image', 4)],
  buttons: [
    ...[1, 2, 3, 4].map((number) => button(`U${number}`, `upsample::${number}`)),
    button('🔄', 'reroll::0'),
    ...[1, 2, 3, 4].map((number) => button(`V${number}`, `variation::${number}`)),
  ],
};

/** A finished upscale: one picture. */
export const SINGLE_OUTPUT: JobOutput = {
  ...EMPTY_OUTPUT,
  message: MESSAGE,
  assets: [fakeAsset('image', 1)],
  buttons: [button('Upscale (Subtle)', 'upsample_v7_2x_subtle::1')],
};

/** A finished video job with two videos that can be extended. */
export const VIDEO_OUTPUT: JobOutput = {
  ...EMPTY_OUTPUT,
  message: MESSAGE,
  assets: [fakeAsset('cover', 0), fakeAsset('video', 1), fakeAsset('video', 2)],
  buttons: [
    button('U1', 'video_virtual_upscale::1'),
    button('Extend (High motion)', 'animate_high_extend::1'),
    button('Extend (Low motion)', 'animate_low_extend::2'),
  ],
};
