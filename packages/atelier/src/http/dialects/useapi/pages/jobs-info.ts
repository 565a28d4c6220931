import type { FastifyInstance } from 'fastify';
import { readRequestedAccount } from '../choose-account.ts';
import { SYNC_PAGE } from '../errors.ts';
import { bodyOf } from '../fields.ts';
import { addJobPage, type JobPage, type PageContext } from '../page.ts';
import { toPostReply } from '../page.ts';
import { commandRefusals } from '../schemas/errors.ts';
import { finishedCommand } from '../schemas/job.ts';
import { requestBody } from '../schemas/request.ts';

/** Source: useapi, jobs/info; useapi, sync commands, variability and remix are toggles. */
const COMMANDS = {
  info: 'Info: subscription, hours and queue of the Midjourney account',
  relax: 'Relax: pictures wait their turn and cost no fast hours',
  fast: 'Fast: pictures cost fast hours',
  turbo: 'Turbo: pictures cost twice the fast hours',
  variability: 'Variability: turns high variation over',
  remix: 'Remix: turns remix mode over',
} as const;
const VERBS = ['info', 'relax', 'fast', 'turbo', 'variability', 'remix'] as const satisfies readonly (keyof typeof COMMANDS)[];

/**
 * POST jobs/info, relax, fast, turbo, variability and remix: commands that Midjourney answers at once. They take no slot, so
 * they are never too many. Source: useapi, jobs/info.
 */
export function registerInfo(app: FastifyInstance, context: PageContext): void {
  for (const verb of VERBS) {
    addJobPage(app, context, {
      path: `/jobs/${verb}`,
      page: SYNC_PAGE,
      schema: {
        summary: COMMANDS[verb],
        description: 'Waits for Midjourney and answers with the finished job.',
        tags: ['Commands'],
        body: requestBody({}, ['discord', 'server', 'channel']),
        response: { 200: finishedCommand(verb), ...commandRefusals() },
      },
      carry: command(context, verb),
    });
  }
}

const command = ({ deps, submitter, chooser }: PageContext, verb: keyof typeof COMMANDS): JobPage => ({
  async make(exchange) {
    const callback = submitter.readCallback(exchange);
    const account = await chooser.forCommand(readRequestedAccount(bodyOf(exchange.request)));
    return await submitter.submit(exchange, [account], { input: { verb }, echo: {}, callback });
  },
  answer: async (exchange, job) => toPostReply(await submitter.commandAnswer(exchange, job), 'sync', deps.links),
});
