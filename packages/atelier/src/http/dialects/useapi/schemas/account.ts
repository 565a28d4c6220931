import { Type } from 'typebox';
import { MAX_NAME_LENGTH, MAX_REPLY_LENGTH, MOST_JOBS } from '../fields.ts';

/** The account pages: success bodies carry no `code`. Source: useapi, account; useapi, account/midjourney. */

const closed = { additionalProperties: false };

export const user = Type.Object(
  {
    email: Type.String({ description: 'A name for the key; this server knows no mail addresses' }),
    created: Type.String({ format: 'date-time', description: 'When the API token was made' }),
    name: Type.String({ description: 'Name of the owner' }),
    verified: Type.String({ format: 'date-time', description: 'The same instant: tokens need no verification' }),
    sub: Type.String({ pattern: '^\\d{6}$', description: 'Valid until, YYMMDD' }),
    replyUrl: Type.Optional(Type.String({ description: 'Default callback of all jobs' })),
  },
  { ...closed, description: 'The owner of the API token' },
);

export const userChange = Type.Object({
  name: Type.Optional(Type.String({ maxLength: MAX_NAME_LENGTH, description: 'Name of the owner' })),
  replyUrl: Type.Optional(
    Type.String({ maxLength: MAX_REPLY_LENGTH, description: 'Default callback of all jobs; an empty one removes it' }),
  ),
});

const field = {
  channel: Type.String({ description: 'Discord channel id' }),
  server: Type.String({ description: 'Discord server id' }),
  masked: Type.String({ description: 'The Discord token, masked: `ABC…secured…xyz`' }),
  token: Type.String({ description: 'Discord token; it belongs to one channel only' }),
  maxJobs: Type.Integer({
    minimum: 1,
    maximum: MOST_JOBS,
    description: 'How many jobs the Midjourney plan runs at once: 3 for Basic and Standard, 15 for Pro and Mega',
  }),
};

export const channelEntry = Type.Object(
  {
    channel: field.channel,
    discord: field.masked,
    server: Type.Optional(field.server),
    maxJobs: field.maxJobs,
    pendingModMessage: Type.Optional(Type.String({ description: 'Why the account is halted; until its reset' })),
    hold: Type.Optional(
      Type.Object(
        { code: Type.String(), reason: Type.String(), until: Type.String() },
        { description: 'Why and until when its jobs wait; only meanwhile' },
      ),
    ),
  },
  { ...closed, description: 'One configured channel' },
);

export const channels = Type.Record(Type.String({ pattern: '^\\d{6,20}$' }), channelEntry, {
  ...closed,
  description: 'Every configured channel, by its id',
});

export const channelParams = Type.Object({ channel: field.channel });

export const channelChange = Type.Object({
  discord: field.token,
  server: field.server,
  channel: Type.String({ description: 'Discord channel id, the same as in the path' }),
  maxJobs: field.maxJobs,
});

export const channelByToken = Type.Object({
  discord: field.token,
  maxJobs: Type.Optional(field.maxJobs),
  channel: Type.Optional(field.channel),
  server: Type.Optional(field.server),
});

export const channelConfigured = (description: string) =>
  Type.Object({ discord: field.masked, channel: field.channel, maxJobs: field.maxJobs }, { ...closed, description });
