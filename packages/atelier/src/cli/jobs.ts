import type { Command } from 'commander';
import { toReason } from '../core/errors.ts';
import { JOB_STATUSES } from '../core/job.ts';
import { must, type AtelierJob, type paths } from 'atelier-client';
import { stopSignal } from './serve.ts';
import { withServer, withServerOptions, type Environment, type ServerOptions } from './connect.ts';
import { toAge, toLine, toTable, UserError } from './terminal.ts';

type Status = AtelierJob['status'];
type ListQuery = NonNullable<paths['/jobs']['get']['parameters']['query']>;
interface ListOptions extends ServerOptions {
  status?: string;
  verb?: string;
  limit: string;
}

const STATUSES: readonly string[] = JOB_STATUSES;

/** `atelier jobs`: lists, shows, cancels and watches jobs. */
export function addJobsCommand(program: Command, environment: Environment): void {
  const jobs = program.command('jobs').description('list, show, cancel and watch jobs');

  withServerOptions(jobs.command('list', { isDefault: true }))
    .description('the newest jobs')
    .option('--status <status...>', `only these states: ${STATUSES.join(', ')}`)
    .option('--verb <verb>', 'only this verb')
    .option('--limit <count>', 'number of jobs, 1 to 100', '20')
    .action((options: Omit<ListOptions, 'status'> & { status?: string[] }) => list(options, environment));

  withServerOptions(jobs.command('show <id>'))
    .description('one job, with links to its files')
    .action((jobId: string, options: ServerOptions) =>
      withServer(options, environment, async ({ api }) => {
        const params = { path: { jobId } };
        console.log(describe(await must(api.GET('/jobs/{jobId}', { params }))));
      }),
    );

  withServerOptions(jobs.command('cancel <id>'))
    .description('cancel a job')
    .action((jobId: string, options: ServerOptions) =>
      withServer(options, environment, async ({ api }) => {
        const params = { path: { jobId } };
        const { status } = await must(api.POST('/jobs/{jobId}/cancel', { params }));
        console.log(status === 'cancelled' ? `${jobId} is cancelled.` : `${jobId} had already ended: ${status}.`);
      }),
    );

  withServerOptions(jobs.command('watch [id]'))
    .description('print a line for each change of one job or of all jobs, until Ctrl+C')
    .action((jobId: string | undefined, options: ServerOptions) =>
      withServer(options, environment, async ({ events }) => {
        const stop = new AbortController();
        void stopSignal().then(() => stop.abort());
        for await (const job of events(jobId, { signal: stop.signal })) console.log(toRow(job).join('  '));
      }),
    );
}

async function list(
  { status, verb, limit, ...options }: Omit<ListOptions, 'status'> & { status?: string[] },
  environment: Environment,
): Promise<void> {
  const unknown = status?.find((name) => !STATUSES.includes(name));
  if (unknown !== undefined) throw new UserError(`Unknown state "${unknown}". Known states: ${STATUSES.join(', ')}.`);
  const query: ListQuery = {
    limit: Number(limit),
    ...(status && { status: status.filter(isStatus) }),
    ...(verb !== undefined && { verb }),
  };
  await withServer(options, environment, async ({ api }) => {
    const { items, nextCursor } = await must(api.GET('/jobs', { params: { query } }));
    const rows = items.map((job) => [...toRow(job), toAge(job.createdAt, Date.now())]);
    console.log(toTable(['id', 'dialect', 'verb', 'status', '%', 'prompt', 'age'], rows, 'No jobs.'));
    if (nextCursor !== null) console.log('… older jobs exist: raise --limit');
  });
}

const isStatus = (name: string): name is Status => STATUSES.includes(name);

const toRow = (job: AtelierJob): string[] => [
  job.id,
  job.dialect,
  job.verb,
  job.status,
  `${job.progressPercent}`,
  toLine(promptOf(job), 50),
];

function promptOf({ input, error }: AtelierJob): string {
  if (error) return error.title;
  const { prompt, label } = input;
  return typeof prompt === 'string' ? prompt : typeof label === 'string' ? label : '';
}

function describe(job: AtelierJob): string {
  const facts: [string, string | null][] = [
    ['job', job.id],
    ['status', job.isFinal ? job.status : `${job.status}, ${job.progressPercent} %`],
    ['error', job.error && `${job.error.code}: ${toReason({ ...job.error, details: job.error.detail })}`],
    ['request', `${job.verb} ${toLine(promptOf({ ...job, error: null }), 500)}`.trim()],
    ['dialect', job.dialect],
    ['parent', job.parentId],
    ['account', job.accountId],
    ['reference', job.reference],
    ['callback', job.callbackUrl],
    ['accepted', job.createdAt],
    ['ended', job.finishedAt],
    ['buttons', job.buttons.map(({ label }) => label).join(', ') || null],
  ];
  const lines = facts.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(12)}${value}`]));
  const files = job.assets.map(({ role, index, url }) => `${`${role}${index > 0 ? ` ${index}` : ''}`.padEnd(12)}${url}`);
  return [...lines, ...files].join('\n');
}
