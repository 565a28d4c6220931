import type { Command } from 'commander';
import { must } from 'atelier-client';
import { withServer, withServerOptions, type Environment, type ServerOptions } from './connect.ts';
import { parseTime, UserError } from './terminal.ts';

const REPLAYED_STATES = ['exhausted', 'stopped', 'delivered'] as const;

/** `atelier callbacks replay`: sends deliveries again. */
export function addCallbacksCommand(program: Command, environment: Environment): void {
  const callbacks = program.command('callbacks').description('send callbacks again');

  withServerOptions(callbacks.command('replay [ids...]'))
    .description('send these deliveries again, or every delivery of a state')
    .option('--state <state>', `every delivery that is ${REPLAYED_STATES.join(', ')}`)
    .option('--job <id>', 'with --state: only deliveries of this job')
    .option('--since <time>', 'with --state: only deliveries created at this time or later')
    .action((ids: string[], options: ServerOptions & { state?: string; job?: string; since?: string }) =>
      withServer(options, environment, async ({ api }) => {
        const state = REPLAYED_STATES.find((name) => name === options.state);
        if (options.state !== undefined && !state)
          throw new UserError(`State "${options.state}" cannot be replayed. Give one of ${REPLAYED_STATES.join(', ')}.`);
        if (state ? ids.length > 0 : ids.length === 0) throw new UserError('Name the deliveries, or give --state.');
        const since = parseTime(options.since);
        const filter = state && { state, ...(options.job !== undefined && { jobId: options.job }), ...(since !== null && { since }) };
        const { replayed } = await must(api.POST('/deliveries/replay', { body: filter ? { filter } : { ids } }));
        console.log(`${replayed} ${replayed === 1 ? 'callback is' : 'callbacks are'} sent again.`);
      }),
    );
}
