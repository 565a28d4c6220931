import type { Command } from 'commander';
import { must } from 'atelier-client';
import { withServer, withServerOptions, type Environment, type ServerOptions } from './connect.ts';
import { parseTime, toAge, toLine, toTable, UserError } from './terminal.ts';

interface KeyOptions extends ServerOptions {
  requestsPerMinute?: string;
  jobsPerDay?: string;
  runningJobs?: string;
  expires?: string;
}

/** `atelier keys`: lists, creates and revokes API keys. Needs the admin key. */
export function addKeysCommand(program: Command, environment: Environment): void {
  const keys = program.command('keys').description('list, create and revoke API keys');

  withServerOptions(keys.command('list', { isDefault: true }))
    .description('list every key with its limits')
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

  withServerOptions(keys.command('create <name>'))
    .description('create a key and print its secret, which is never shown again')
    .option('--requests-per-minute <count>', 'at most this many requests a minute')
    .option('--jobs-per-day <count>', 'at most this many jobs in any 24 hours')
    .option('--running-jobs <count>', 'at most this many queued or running jobs')
    .option('--expires <time>', 'end of its validity: 2027-01-31 or 2027-01-31T12:00:00Z')
    .action((name: string, options: KeyOptions) =>
      withServer(options, environment, async ({ api }) => {
        const limits = {
          requestsPerMinute: toLimit(options.requestsPerMinute),
          jobsPerDay: toLimit(options.jobsPerDay),
          runningJobs: toLimit(options.runningJobs),
        };
        const made = await must(api.POST('/keys', { body: { name, limits, expiresAt: parseTime(options.expires) } }));
        console.log(`Key ${made.id} (${made.name}). Its secret, which is never shown again:\n${made.secret}`);
      }),
    );

  withServerOptions(keys.command('revoke <id>'))
    .description('revoke a key for good; its running jobs continue')
    .action((keyId: string, options: ServerOptions) =>
      withServer(options, environment, async ({ api }) => {
        const params = { path: { keyId } };
        const { name } = await must(api.DELETE('/keys/{keyId}', { params }));
        console.log(`Key ${keyId} (${name}) is revoked.`);
      }),
    );
}

function toLimit(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UserError(`"${text}" is not a limit: give a whole number from 1.`);
}
