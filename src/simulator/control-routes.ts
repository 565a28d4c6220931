import type { FastifyInstance, FastifyReply } from 'fastify';
import type { JsonObject } from '../lib/json.ts';
import type { SimulatorControl } from './control.ts';
import { bodyOf, parameterOf } from './discord/rest-support.ts';
import { isFaultKind } from './discord/rest-faults.ts';
import { SWITCHES } from './switches.ts';

const STANDINGS = ['active', 'none', 'paused', 'cancelled', 'blocked'] as const;
const MODES = ['fast', 'relax', 'turbo'] as const;
const ACTIONS = ['drop', 'close', 'reconnect', 'invalidate', 'heartbeat', 'forget'] as const;
const SCOPES = ['user', 'global', 'shared'] as const;

/** The control over HTTP, under `/simulator`. Every POST takes a JSON object and answers with what it changed; a mistake is a 400 that says what it is. */
export function registerControlRoutes(app: FastifyInstance, control: SimulatorControl): void {
  const act = (path: string, run: (body: JsonObject, parameter: (name: string) => string) => object | undefined): void => {
    app.post(`/simulator/${path}`, async (request, reply): Promise<FastifyReply> => {
      try {
        return reply.send(run(bodyOf(request), (name) => parameterOf(request, name)) ?? {});
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return reply.code(400).send({ error: error.message });
      }
    });
  };

  app.get('/simulator', async () => ({
    accounts: control.accounts(),
    switches: control.switches(),
    connections: control.connections(),
    jobs: control.jobs(),
  }));
  app.get('/simulator/switches', async () =>
    Object.fromEntries(Object.entries(control.switches()).map(([name, value]) => [name, { value, ...describeSwitch(name) }])),
  );
  app.get('/simulator/accounts', async () => control.accounts());
  app.get('/simulator/jobs', async () => control.jobs());
  app.get('/simulator/requests', async () => control.requests());

  act('switches', (body) => {
    control.setSwitches(body);
    return control.switches();
  });
  act('accounts', (body) =>
    control.addAccount({
      ...texts(body, ['token', 'username', 'guildId', 'channelId']),
      ...counts(body, ['slots', 'queueLength']),
    }),
  );
  act('accounts/:user', (body, parameter) =>
    control.setAccount(parameter('user'), {
      ...texts(body, ['version', 'suffix']),
      ...counts(body, ['slots', 'queueLength', 'fastHoursLeft', 'lifetimeImages', 'relaxedImages']),
      ...flags(body, ['pendingModeration', 'remix', 'highVariability']),
      ...(body['standing'] === undefined ? {} : { standing: oneOf(STANDINGS, body['standing'], 'standing') }),
      ...(body['mode'] === undefined ? {} : { mode: oneOf(MODES, body['mode'], 'mode') }),
    }),
  );
  act('accounts/:user/acknowledge', (_body, parameter) => {
    control.acknowledge(parameter('user'));
    return undefined;
  });
  act('accounts/:user/scenario', (body, parameter) => {
    const { word } = texts(body, ['word']);
    if (word === undefined) throw new RangeError('word is missing');
    control.orderScenario(parameter('user'), word.replace(/^sim:/, ''));
    return undefined;
  });
  act('faults', (body) => {
    const { kind } = body;
    if (!isFaultKind(kind)) throw new RangeError(`kind cannot be ${JSON.stringify(kind)}`);
    const scope = body['scope'] === undefined ? {} : { scope: oneOf(SCOPES, body['scope'], 'scope') };
    control.orderFault({ kind, ...texts(body, ['path', 'method']), ...counts(body, ['times', 'status', 'retryAfterMs']), ...scope });
    return undefined;
  });
  act('gateway', (body) => ({ connections: actOnGateway(control, body) }));
  act('commands/bump', () => {
    control.bumpCommands();
    return undefined;
  });
  act('links/expire', () => {
    control.expireLinks();
    return undefined;
  });
  act('reset', () => {
    control.reset();
    return undefined;
  });
}

function actOnGateway(control: SimulatorControl, body: JsonObject): number {
  const { userId } = texts(body, ['userId']);
  const { code = 4000 } = counts(body, ['code']);
  const { resumable = false } = flags(body, ['resumable']);
  switch (oneOf(ACTIONS, body['action'], 'action')) {
    case 'drop':
      return control.dropConnections(userId);
    case 'close':
      if (code !== 1000 && code !== 1001 && (code < 3000 || code > 4999)) throw new RangeError(`code cannot be ${code}`);
      return control.closeConnections(code, userId);
    case 'reconnect':
      return control.askToReconnect(userId);
    case 'invalidate':
      return control.invalidateSessions(resumable, userId);
    case 'heartbeat':
      return control.askForHeartbeat(userId);
    case 'forget':
      control.forgetSessions();
      return control.connections();
  }
}

const describeSwitch = (name: string): object =>
  Object.entries(SWITCHES)
    .filter(([known]) => known === name)
    .map(([, spec]) => ({ default: spec.default, doc: spec.doc }))[0] ?? {};

/** The members of a body that are given, all of one kind; a wrong one is named. */
const reader =
  <Value>(kind: string, accepts: (value: unknown) => value is Value) =>
  <Name extends string>(body: JsonObject, names: readonly Name[]): { [Key in Name]?: Value } => {
    const found: { [Key in Name]?: Value } = {};
    for (const name of names) {
      const value = body[name];
      if (value === undefined) continue;
      if (!accepts(value)) throw new RangeError(`${name} must be ${kind}`);
      found[name] = value;
    }
    return found;
  };

const texts = reader('a string', (value) => typeof value === 'string');
const counts = reader('a number of 0 or more', (value): value is number => typeof value === 'number' && value >= 0);
const flags = reader('true or false', (value) => typeof value === 'boolean');

function oneOf<Option extends string>(options: readonly Option[], value: unknown, name: string): Option {
  const found = options.find((option) => option === value);
  if (found === undefined) throw new RangeError(`${name} is one of ${options.join(', ')}`);
  return found;
}
