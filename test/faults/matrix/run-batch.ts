import { createServer, type Server } from 'node:http';
import sharp, { type Sharp } from 'sharp';
import { sleep, type Clock } from '@atelier/lib/clock';
import { isJsonObject, parseJsonObject, textAt } from '@atelier/lib/json';
import { createLog, type Log } from '@atelier/lib/log';
import { createTestServer } from '../../test-server.ts';
import { createFastClock } from '../fast-clock.ts';
import { toPlan, type Plan } from './plan.ts';
import { runPlan } from './run-plan.ts';
import { BATCH_SIZE, inWeather, toWeather, type Weather } from './weather.ts';

const SPEED = 10;
const IDLE_SPEED = 120;
const COMMANDS_RENEWED_AFTER_MS = 5_000;
/** Heartbeats are acknowledged again after this time: else each connection breaks for as long as the longest job. */
const ACKS_AFTER_MS = 20_000;
const SETTINGS = {
  ATELIER_NO_PRESET: '1',
  SIMULATOR_PACE: '0.5',
  SIMULATOR_TILE: '8',
  FIRST_ANSWER_TIMEOUT: '2m',
  JOB_TIME_LIMIT: '15m',
};

/** The outcome of one seed. */
export interface SeedReport {
  readonly seed: number;
  readonly faults: readonly string[];
  /** Names of everything that the seed met. */
  readonly met: readonly string[];
  readonly jobs: number;
}

/** Runs the chosen seeds of one batch on one server, all at once. */
export async function runBatch(batch: number, isChosen: (seed: number) => boolean): Promise<SeedReport[]> {
  const weather = toWeather(batch);
  const seeds = Array.from({ length: BATCH_SIZE }, (_, index) => batch * BATCH_SIZE + index).filter(isChosen);
  const clock = createFastClock(SPEED, IDLE_SPEED, isPainting);
  const { log, errors } = createErrorLog();
  // The machine is not faster than usual: limits in fast time are longer.
  const discordLimits = { interactionIntervalMs: 50, requestTimeoutMs: 100_000, maxRateLimitWaits: 10 };
  const [pictures, server] = await Promise.all([servePictures(), createTestServer(SETTINGS, { clock, discordLimits, log })]);
  const { control } = server.simulator;
  try {
    control.setSwitches(weather.switches);
    const barrier = createBarrier(seeds.length);
    void barrier.opened.then(async () => startWeather(control, weather, clock));
    const reports = seeds.map(async (seed): Promise<SeedReport> => {
      const plan = inWeather(toPlan(seed), weather);
      const deps = {
        server,
        clock,
        weather,
        allReady: barrier.enter(),
        pictureUrl: (width: number, height: number) => `${addressOf(pictures)}/${width}x${height}.png`,
      };
      const faults = await runPlan(deps, plan).catch((error: unknown) => [error instanceof Error ? error.message : String(error)]);
      return { seed, faults, met: namesOf(plan, weather), jobs: plan.copies };
    });
    const [first, ...others] = await Promise.all(reports);
    return first === undefined ? [] : [{ ...first, faults: [...first.faults, ...errors] }, ...others];
  } finally {
    await server.close();
    pictures.close();
    pictures.closeAllConnections();
  }
}

let paintings = 0;
/** Pictures are painted in other threads: meanwhile the process only seems to be idle. */
const isPainting = (): boolean => paintings > 0;
const pipeline = sharp.prototype;
const toBuffer = pipeline.toBuffer;
pipeline.toBuffer = async function countPaintings(this: Sharp, ...parameters: []) {
  paintings += 1;
  try {
    return await toBuffer.apply(this, parameters);
  } finally {
    paintings -= 1;
  }
};

/** Keeps the errors with a stack: the server has met something that it does not know. */
function createErrorLog(): { log: Log; errors: string[] } {
  const errors: string[] = [];
  const write = (line: string): void => {
    const facts = parseJsonObject(line);
    if (isJsonObject(facts['err'])) errors.push(`error in the log: ${textAt(facts, 'msg')}: ${textAt(facts['err'], 'stack')}`);
  };
  return { log: createLog({ level: 'error', destination: { write } }), errors };
}

type Control = Awaited<ReturnType<typeof createTestServer>>['simulator']['control'];

async function startWeather(control: Control, { outage, switches }: Weather, clock: Clock): Promise<void> {
  if (outage) {
    await sleep(clock, outage.afterMs);
    await control.beginOutage(outage.forMs);
  }
  // Midjourney registers its commands again while the jobs run.
  await sleep(clock, COMMANDS_RENEWED_AFTER_MS);
  control.bumpCommands();
  if (!switches.swallowAcks) return;
  await sleep(clock, ACKS_AFTER_MS);
  control.setSwitches({ swallowAcks: false, heartbeatIntervalMs: 41_250 });
  control.dropConnections();
}

/** `enter` returns the function of one participant; it resolves when all have called theirs. */
function createBarrier(participants: number): { enter(): () => Promise<void>; opened: Promise<void> } {
  const { promise: opened, resolve } = Promise.withResolvers<void>();
  let missing = participants;
  return {
    opened,
    enter() {
      let isIn = false;
      return async () => {
        if (!isIn) missing -= 1;
        isIn = true;
        if (missing === 0) resolve();
        await opened;
      };
    },
  };
}

function namesOf(plan: Plan, { switches, outage }: Weather): string[] {
  return [
    `verb: ${plan.verb}`,
    `dialect: ${plan.dialect}`,
    ...(plan.scenario === null ? [] : [`scenario: ${plan.scenario}`]),
    ...plan.manners.map((manner) => `word: ${manner}`),
    ...(plan.fate === null ? [] : [`fate: ${plan.fate}`]),
    ...(plan.state === null ? [] : [`state: ${plan.state}`]),
    ...(plan.restFault === null ? [] : [`REST: ${plan.restFault}`]),
    ...plan.strikes.map(({ fault }) => `strike: ${fault}`),
    ...Object.entries(switches).map(([name, value]) => `switch: ${name} ${String(value)}`),
    ...(outage ? [`outage: ${outage.forMs} ms`] : []),
  ];
}

/** Serves pictures of the size that their name says. */
async function servePictures(): Promise<Server> {
  const server = createServer((request, response) => {
    const [, width = '1', height = '1'] = /(\d+)x(\d+)/.exec(request.url ?? '') ?? [];
    const background = 'teal';
    void sharp({ create: { width: Number(width), height: Number(height), channels: 3, background } })
      .png()
      .toBuffer()
      .then((bytes) => response.writeHead(200, { 'content-type': 'image/png' }).end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function addressOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
}
