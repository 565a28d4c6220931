import type { Command } from 'commander';
import { toReason } from '../core/errors.ts';
import { must, type Job } from 'atelier-client/client';
import type { paths } from 'atelier-client/native-api';
import { stopSignal } from './serve.ts';
import { withServer, type Environment, type ServerOptions } from './server.ts';
import { toAge, toLine, toTable } from './terminal.ts';
import { UserError } from './user-error.ts';

type Status = Job['status'];
type ListQuery = NonNullable<paths['/jobs']['get']['parameters']['query']>;
interface ListOptions extends ServerOptions {
  status?: string;
  verb?: string;
  limit: string;
}

const STATUSES: readonly string[] = ['queued', 'starting', 'started', 'progress', 'completed', 'failed', 'moderated', 'cancelled'];

/** `atelier jobs`: what there is, one in detail, and how they go on. */
export function addJobsCommand(program: Command, environment: Environment): void {
  const jobs = program.command('jobs').description('list, show, cancel and watch jobs');

  server(jobs.command('list', { isDefault: true }))
    .description('the newest jobs')
    .option('--status <status...>', `of these states alone: ${STATUSES.join(', ')}`)
    .option('--verb <verb>', 'of this verb alone')
    .option('--limit <count>', 'how many, 1 to 100', '20')
    .action((options: Omit<ListOptions, 'status'> & { status?: string[] }) => list(options, environment));

  server(jobs.command('show <id>'))
    .description('one job, with links to its files')
    .action((jobId: string, options: ServerOptions) =>
      withServer(options, environment, async ({ api }) => {
        const params = { path: { jobId } };
        console.log(describe(await must(api.GET('/jobs/{jobId}', { params }))));
      }),
    );

  server(jobs.command('cancel <id>'))
    .description('end a job')
    .action((jobId: string, options: ServerOptions) =>
      withServer(options, environment, async ({ api }) => {
        const params = { path: { jobId } };
        const { status } = await must(api.POST('/jobs/{jobId}/cancel', { params }));
        console.log(status === 'cancelled' ? `${jobId} is cancelled.` : `${jobId} had ended before: ${status}.`);
      }),
    );

  server(jobs.command('watch [id]'))
    .description('a line for each change, of one job or of all, until Ctrl+C')
    .action((jobId: string | undefined, options: ServerOptions) =>
      withServer(options, environment, async ({ events }) => {
        const stop = new AbortController();
        void stopSignal().then(() => stop.abort());
        for await (const job of events(jobId, { signal: stop.signal })) console.log(toRow(job).join('  '));
      }),
    );
}

/** With the options that say which server is meant. */
export const server = (command: Command): Command =>
  command
    .option('--url <url>', 'the server (default: the one of HOST and PORT)')
    .option('--key <key>', 'its API key (default: ATELIER_API_KEY, else the one in the data folder)');

async function list(
  { status, verb, limit, ...options }: Omit<ListOptions, 'status'> & { status?: string[] },
  environment: Environment,
): Promise<void> {
  const unknown = status?.find((name) => !STATUSES.includes(name));
  if (unknown !== undefined) throw new UserError(`There is no state "${unknown}"; there are ${STATUSES.join(', ')}.`);
  const query: ListQuery = {
    limit: Number(limit),
    ...(status && { status: status.filter(isStatus) }),
    ...(verb !== undefined && { verb }),
  };
  await withServer(options, environment, async ({ api }) => {
    const { items, nextCursor } = await must(api.GET('/jobs', { params: { query } }));
    const rows = items.map((job) => [...toRow(job), toAge(job.createdAt, Date.now())]);
    console.log(toTable(['id', 'dialect', 'verb', 'status', '%', 'prompt', 'age'], rows, 'No jobs.'));
    if (nextCursor !== null) console.log(`… and older ones (--limit)`);
  });
}

const isStatus = (name: string): name is Status => STATUSES.includes(name);

const toRow = (job: Job): string[] => [job.id, job.dialect, job.verb, job.status, `${job.progressPercent}`, toLine(promptOf(job), 50)];

function promptOf({ input, error }: Job): string {
  if (error) return error.title;
  const { prompt, label } = input;
  return typeof prompt === 'string' ? prompt : typeof label === 'string' ? label : '';
}

function describe(job: Job): string {
  const facts: [string, string | null][] = [
    ['job', job.id],
    ['status', job.isFinal ? job.status : `${job.status}, ${job.progressPercent} %`],
    ['error', job.error && `${job.error.code}: ${toReason({ ...job.error, details: job.error.detail })}`],
    ['asked for', `${job.verb} ${toLine(promptOf({ ...job, error: null }), 500)}`.trim()],
    ['dialect', job.dialect],
    ['parent', job.parentId],
    ['account', job.accountId],
    ['reference', job.reference],
    ['callback to', job.callbackUrl],
    ['accepted', job.createdAt],
    ['ended', job.finishedAt],
    ['buttons', job.buttons.map(({ label }) => label).join(', ') || null],
  ];
  const lines = facts.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(12)}${value}`]));
  const files = job.assets.map(({ role, index, url }) => `${`${role}${index > 0 ? ` ${index}` : ''}`.padEnd(12)}${url}`);
  return [...lines, ...files].join('\n');
}
