/** Music videos: sound, cover and words become an MP4. This is the whole public surface of the package. */
export { createFfmpegFinder, type FfmpegFinder } from './ffmpeg/ffmpeg-finder.ts';
export { createRunFfmpeg, type RunFfmpeg } from './ffmpeg/run-ffmpeg.ts';
export { sweepTemporaryFolders, withTemporaryFolder } from './ffmpeg/temporary-folder.ts';
export { createCheckAudio } from './input/check-audio.ts';
export { createCheckPicture } from './input/check-picture.ts';
export { parseLrc, type LyricLine } from './input/lrc.ts';
export { createRenderVideo } from './render-video.ts';
export { TEMPLATES, type TemplateName } from './templates/templates.ts';
export { MediaError, type CheckAudio, type CheckPicture, type RenderedVideo, type RenderVideo, type RenderRequest } from './video.ts';
