import { readBaseUrl, readChoice, readDuration, readNumber, readOptional, readSwitch, readWhole } from '../read-values.ts';
import { setting } from '../setting.ts';

/** Settings of Midjourney, Suno and their simulator. */
export const UPSTREAM_SETTINGS = {
  midjourneyUpstream: setting({
    env: 'MIDJOURNEY_UPSTREAM',
    fallback: 'simulator',
    doc: 'The upstream of Midjourney jobs: `simulator`, or `discord` for the real one.',
    read: readChoice('simulator', 'discord'),
  }),
  discordRestUrl: setting({
    env: 'DISCORD_REST_URL',
    fallback: '',
    doc: 'Discord REST base, for a simulator that runs elsewhere, such as `http://127.0.0.1:3001/api/v9`. Unset: as `MIDJOURNEY_UPSTREAM` says.',
    read: readOptional,
  }),
  interactionInterval: setting({
    env: 'DISCORD_INTERACTION_INTERVAL',
    fallback: '350ms',
    doc: 'Least time between two commands of one Discord account.',
    read: readDuration,
  }),
  firstAnswerTimeout: setting({
    env: 'FIRST_ANSWER_TIMEOUT',
    fallback: '60s',
    doc: 'Longest wait for Midjourney’s first answer to a command before its job fails.',
    read: readDuration,
  }),
  sunoUpstream: setting({
    env: 'SUNO_UPSTREAM',
    fallback: 'simulator',
    doc: 'The upstream of music jobs: `simulator`, or the base URL of a Suno API in the format of kie.ai or sunoapi.org, such as `https://api.kie.ai`.',
    read: readBaseUrl,
  }),
  sunoApiKey: setting({
    env: 'SUNO_API_KEY',
    fallback: '',
    secret: true,
    doc: 'The key for `SUNO_UPSTREAM`.',
    read: readOptional,
  }),
  sunoMaxJobs: setting({
    env: 'SUNO_MAX_JOBS',
    fallback: '20',
    doc: 'Most Suno jobs that run at once; others wait.',
    read: readWhole(1, 1_000),
  }),
  sunoPollInterval: setting({
    env: 'SUNO_POLL_INTERVAL',
    fallback: '30s',
    doc: 'Longest time between two polls of a Suno task while the upstream does not call back; callbacks need a `PUBLIC_URL` that the upstream can reach.',
    read: readDuration,
  }),
  simulatorPort: setting({
    env: 'SIMULATOR_PORT',
    fallback: '3001',
    doc: 'Port of the simulator, on 127.0.0.1 alone; 0 takes a free one.',
    read: readNumber(0, 65_535),
  }),
  simulatorPace: setting({
    env: 'SIMULATOR_PACE',
    fallback: '1',
    doc: 'Speed of the simulator: 1 paints a picture in about 3 s, 0 at once, 15 about as slowly as Midjourney.',
    read: readNumber(0, 1_000),
  }),
  simulatorTile: setting({
    env: 'SIMULATOR_TILE',
    fallback: '512',
    doc: 'Longer side of one of the four pictures of a simulated grid, in pixels.',
    read: readNumber(8, 2_048),
  }),
  noPreset: setting({
    env: 'ATELIER_NO_PRESET',
    fallback: '',
    doc: 'Set to 1 to start without the simulator’s account configured.',
    read: readSwitch,
  }),
} as const;
