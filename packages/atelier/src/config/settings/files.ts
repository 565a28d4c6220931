import { readAssetStore } from '../../asset/blobs/drivers.ts';
import { readChoice, readDuration, readOptional, readText, readWebUrl, readWhole } from '../read-values.ts';
import { setting } from '../setting.ts';

/** Settings of files: ffmpeg, music videos, the blob store. */
export const FILE_SETTINGS = {
  ffmpegPath: setting({
    env: 'FFMPEG_PATH',
    fallback: '',
    doc: 'The ffmpeg to use, an absolute path. Unset: the one on the `PATH`, else the npm package `@ffmpeg-installer/ffmpeg`.',
    read: readOptional,
  }),
  searchPath: setting({ env: 'PATH', fallback: '', doc: 'Folders that are searched for programs; set by the system.', read: readOptional }),
  videoLongest: setting({
    env: 'VIDEO_LONGEST',
    fallback: '10m',
    doc: 'Longest track of a music video.',
    read: readDuration,
  }),
  videoWorkers: setting({
    env: 'VIDEO_WORKERS',
    fallback: '',
    doc: 'Most music videos that are rendered at once; others wait. Unset: half as many as there are cores, at least one.',
    read: (text) => (text === '' ? undefined : readWhole(1, 64)(text)),
  }),
  assetRetention: setting({
    env: 'ASSET_RETENTION',
    fallback: '14d',
    doc: 'Time until files are deleted; afterwards their links answer 410.',
    read: readDuration,
  }),
  assetStore: setting({
    env: 'ASSET_STORE',
    fallback: '',
    doc: 'Blob store of pictures, music and videos: `s3://bucket/prefix` for an S3-compatible bucket. Unset: a folder below `ATELIER_DATA`.',
    read: readAssetStore,
  }),
  s3Endpoint: setting({
    env: 'S3_ENDPOINT',
    fallback: '',
    doc: 'Base URL of the S3 service, such as `http://127.0.0.1:9000` for MinIO. Unset: Amazon’s own, of `S3_REGION`.',
    read: readWebUrl,
  }),
  s3Region: setting({
    env: 'S3_REGION',
    fallback: 'us-east-1',
    doc: 'Region of the bucket, as its provider names it (Cloudflare R2: `auto`).',
    read: readText,
  }),
  s3PathStyle: setting({
    env: 'S3_PATH_STYLE',
    fallback: 'auto',
    doc: 'Whether the bucket stands in the path of URLs (`on`) or before the host name (`off`); `auto`: in the path where `S3_ENDPOINT` is set.',
    read: readChoice('auto', 'on', 'off'),
  }),
  s3AccessKeyId: setting({
    env: 'AWS_ACCESS_KEY_ID',
    fallback: '',
    secret: true,
    doc: 'Access key of the bucket. Unset: the role or profile that Amazon’s SDK finds on this machine.',
    read: readOptional,
  }),
  s3SecretAccessKey: setting({
    env: 'AWS_SECRET_ACCESS_KEY',
    fallback: '',
    secret: true,
    doc: 'Secret that belongs to `AWS_ACCESS_KEY_ID`.',
    read: readOptional,
  }),
  s3SessionToken: setting({
    env: 'AWS_SESSION_TOKEN',
    fallback: '',
    secret: true,
    doc: 'Session token of temporary credentials.',
    read: readOptional,
  }),
} as const;
