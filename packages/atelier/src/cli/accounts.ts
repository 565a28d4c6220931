import type { Command } from 'commander';
import { must } from 'atelier-client';
import { withServer, withServerOptions, type Environment, type ServerOptions } from './connect.ts';
import { toLine, toTable } from './terminal.ts';

/** `atelier accounts`: lists and resets Discord accounts. Needs the admin key. */
export function addAccountsCommand(program: Command, environment: Environment): void {
  const accounts = program.command('accounts').description('list and reset Discord accounts');

  withServerOptions(accounts.command('list', { isDefault: true }))
    .description('list every account with the reason of its pause or hold')
    .action((options: ServerOptions) =>
      withServer(options, environment, async ({ api }) => {
        const { items } = await must(api.GET('/accounts'));
        const rows = items.map(({ id, token, executingJobs, maxJobs, pause, hold }) => [
          id,
          token,
          `${executingJobs} of ${maxJobs}`,
          toState(pause, hold),
        ]);
        console.log(toTable(['id', 'token', 'jobs', 'state'], rows, 'No accounts.'));
      }),
    );

  withServerOptions(accounts.command('reset <id>'))
    .description('use a paused or held account again, after its owner has dealt with Midjourney’s notice')
    .action((accountId: string, options: ServerOptions) =>
      withServer(options, environment, async ({ api }) => {
        const params = { path: { accountId } };
        await must(api.POST('/accounts/{accountId}/reset', { params }));
        console.log(`Account ${accountId} is used again.`);
      }),
    );
}

function toState(pause: { title: string; code: string } | null, hold: { reason: string; code: string; until: string } | null): string {
  if (pause) return `paused: ${toLine(pause.title, 60)} (${pause.code})`;
  return hold ? `held until ${hold.until}: ${toLine(hold.reason, 60)} (${hold.code})` : 'active';
}
