import type { Command } from 'commander';
import { must } from 'atelier-client/client';
import { server } from './jobs.ts';
import { withServer, type Environment, type ServerOptions } from './server.ts';
import { toAge, toLine, toTable } from './terminal.ts';
import { UserError } from './user-error.ts';

interface KeyOptions extends ServerOptions {
  requestsPerMinute?: string;
  jobsPerDay?: string;
  runningJobs?: string;
  expires?: string;
}

/** `atelier keys`: the API keys, for the admin key. */
export function addKeysCommand(program: Command, environment: Environment): void {
  const keys = program.command('keys').description('list, create and revoke API keys');

  server(keys.command('list', { isDefault: true }))
    .description('every key and its limits')
    .action((options: ServerOptions) =>
      withServer(options, environment, async ({ api }) => {
        const { items } = await must(api.GET('/keys'));
        const rows = items.map(({ id, name, status, admin, limits, createdAt }) => [
          id,
          toLine(name, 40),
          admin ? `${status}, admin` : status,
          [
            limits.requestsPerMinute === null ? '' : `${limits.requestsPerMinute} requests/min`,
            limits.jobsPerDay === null ? '' : `${limits.jobsPerDay} jobs/day`,
            limits.runningJobs === null ? '' : `${limits.runningJobs} running`,
          ]
            .filter(Boolean)
            .join(', ') || 'none',
          toAge(createdAt, Date.now()),
        ]);
        console.log(toTable(['id', 'name', 'status', 'limits', 'age'], rows, 'No keys.'));
      }),
    );

  server(keys.command('create <name>'))
    .description('make a key; its secret is shown this once')
    .option('--requests-per-minute <count>', 'limit of requests in a minute')
    .option('--jobs-per-day <count>', 'limit of jobs in any 24 hours')
    .option('--running-jobs <count>', 'limit of jobs that are queued or at work')
    .option('--expires <time>', 'until when it is good: 2027-01-31 or 2027-01-31T12:00:00Z')
    .action((name: string, options: KeyOptions) =>
      withServer(options, environment, async ({ api }) => {
        const limits = {
          requestsPerMinute: toLimit(options.requestsPerMinute),
          jobsPerDay: toLimit(options.jobsPerDay),
          runningJobs: toLimit(options.runningJobs),
        };
        const made = await must(api.POST('/keys', { body: { name, limits, expiresAt: toTime(options.expires) } }));
        console.log(`Key ${made.id} (${made.name}). Its secret, shown this once:\n${made.secret}`);
      }),
    );

  server(keys.command('revoke <id>'))
    .description('end a key for good; its jobs go on')
    .action((keyId: string, options: ServerOptions) =>
      withServer(options, environment, async ({ api }) => {
        const params = { path: { keyId } };
        const { name } = await must(api.DELETE('/keys/{keyId}', { params }));
        console.log(`Key ${keyId} (${name}) is revoked.`);
      }),
    );
}

/** `atelier accounts`: the Discord accounts, for the admin key. */
export function addAccountsCommand(program: Command, environment: Environment): void {
  const accounts = program.command('accounts').description('list and reset Discord accounts');

  server(accounts.command('list', { isDefault: true }))
    .description('every account, and why it is paused')
    .action((options: ServerOptions) =>
      withServer(options, environment, async ({ api }) => {
        const { items } = await must(api.GET('/accounts'));
        const rows = items.map(({ id, token, executingJobs, maxJobs, pause }) => [
          id,
          token,
          `${executingJobs} of ${maxJobs}`,
          pause ? `paused: ${toLine(pause.title, 60)} (${pause.code})` : 'ready',
        ]);
        console.log(toTable(['id', 'token', 'jobs', 'state'], rows, 'No accounts.'));
      }),
    );

  server(accounts.command('reset <id>'))
    .description('end the pause of an account, after its owner has done what Midjourney asked for')
    .action((accountId: string, options: ServerOptions) =>
      withServer(options, environment, async ({ api }) => {
        const params = { path: { accountId } };
        await must(api.POST('/accounts/{accountId}/reset', { params }));
        console.log(`Account ${accountId} is used again.`);
      }),
    );
}

const REPLAYED_STATES = ['exhausted', 'stopped', 'delivered'] as const;

/** `atelier callbacks replay`: deliveries that are to be sent again. */
export function addCallbacksCommand(program: Command, environment: Environment): void {
  const callbacks = program.command('callbacks').description('send callbacks again');

  server(callbacks.command('replay [ids...]'))
    .description('send these deliveries again, or all of a state')
    .option('--state <state>', `all that are ${REPLAYED_STATES.join(', ')}`)
    .option('--job <id>', 'with --state: those of this job alone')
    .option('--since <time>', 'with --state: those made at this time or later')
    .action((ids: string[], options: ServerOptions & { state?: string; job?: string; since?: string }) =>
      withServer(options, environment, async ({ api }) => {
        const state = REPLAYED_STATES.find((name) => name === options.state);
        if (options.state !== undefined && !state)
          throw new UserError(`There is no state "${options.state}" to replay; there are ${REPLAYED_STATES.join(', ')}.`);
        if (state ? ids.length > 0 : ids.length === 0) throw new UserError('Name the deliveries, or give --state.');
        const since = toTime(options.since);
        const filter = state && { state, ...(options.job !== undefined && { jobId: options.job }), ...(since !== null && { since }) };
        const { replayed } = await must(api.POST('/deliveries/replay', { body: filter ? { filter } : { ids } }));
        console.log(`${replayed} ${replayed === 1 ? 'callback is' : 'callbacks are'} sent again.`);
      }),
    );
}

function toLimit(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UserError(`"${text}" is no limit: it must be a whole number from 1.`);
}

function toTime(text: string | undefined): string | null {
  if (text === undefined) return null;
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new UserError(`"${text}" is no time: write 2027-01-31 or 2027-01-31T12:00:00Z.`);
  return new Date(atMs).toISOString();
}
