import { createRequire } from 'node:module';
import type * as midjourney from 'midjourney';
import type { MJMessage, MJOptions } from 'midjourney';

/**
 * A program with the npm package `midjourney` against the simulator that the command line names. Prints its results as one line of
 * JSON. It is a separate process because the package leaves timers behind and writes to the console.
 */
const { Midjourney } = createRequire(import.meta.url)('midjourney') as typeof midjourney;
const [script = '', url = '', token = '', guildId = '', channelId = '', controlToken = ''] = process.argv.slice(2);
const client = new Midjourney({
  SalaiToken: token,
  ServerId: guildId,
  ChannelId: channelId,
  DiscordBaseUrl: url,
  WsBaseUrl: `${url.replace(/^http/, 'ws')}/?encoding=json&v=9`,
  Ws: script !== 'polling',
  ApiInterval: 0,
  Debug: false,
});

interface Shown {
  id?: string;
  options?: MJOptions[];
}
const customIdOf = (message: Shown | null | undefined, label: string): string =>
  message?.options?.find((option) => option.label === label)?.custom ?? `no ${label}`;
const press = (message: Shown | null | undefined, label: string, content: string): Promise<MJMessage | null> =>
  client.Custom({ msgId: message?.id ?? '', customId: customIdOf(message, label), flags: 0, content });
const refusalOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'accepted',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
const control = async (path: string, body?: object): Promise<unknown> => {
  const headers = { authorization: `Bearer ${controlToken}`, 'content-type': 'application/json' };
  const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${url}/control${path}`, init);
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};
const theGrid = async (prompt: string, onProgress?: (percent: string) => void): Promise<MJMessage> => {
  const grid = await client.Imagine(prompt, (_uri, percent) => onProgress?.(percent));
  if (!grid) throw new Error('no grid');
  return grid;
};
const hashAndLabels = ({ content, hash, options }: MJMessage): object => ({ content, hash, labels: options?.map(({ label }) => label) });

const SCRIPTS: Record<string, () => Promise<object>> = {
  async verbs() {
    const progress: string[] = [];
    const grid = await theGrid('a red  fox --ar 3:2', (percent) => void progress.push(percent));
    const { content, hash = '', id: msgId = '', flags } = grid;
    const chosen = await press(grid, 'U1', content);
    const single = { msgId: chosen?.id ?? '', hash: chosen?.hash ?? '', flags, content };
    return {
      grid: hashAndLabels(grid),
      progress,
      chosen: chosen?.content,
      varied: (await press(grid, 'V2', content))?.content,
      rerolled: (await client.Reroll({ msgId, hash, content, flags }))?.content,
      widened: (await client.ZoomOut({ level: '1.5x', ...single }))?.content,
      variedStrongly: (await client.ZoomOut({ level: 'high', ...single }))?.content,
      zoomed: (await press(chosen, 'Custom Zoom', 'a red fox --zoom 1.8'))?.content,
      twins: new Set((await Promise.all([client.Imagine('a twin'), client.Imagine('a twin')])).map((twin) => twin?.hash)).size,
    };
  },

  async commands() {
    const grid = await theGrid('a red fox');
    const shortened = await client.Shorten('please draw a very beautiful red fox in deep winter snow');
    const described = await client.Describe(grid.uri);
    const blob = await (await fetch(grid.uri)).blob();
    const describedBlob = await client.DescribeByBlob(blob);
    const info = await client.Info();
    const settings = await client.Settings();
    const remix = await client.SwitchRemix();
    client.config.Remix = true;
    const remixed = await press(grid, 'V3', 'a blue fox');
    await client.Reset();
    await client.Relax();
    const relaxed = await client.Imagine('a slow fox');
    // Fast does not wait for the bot's answer; the next picture shows whether the mode has changed.
    await client.Fast();
    const fast = await client.Imagine('a quick fox');
    return {
      prompts: shortened?.prompts,
      descriptions: [described, describedBlob].map((one) => one?.descriptions.length),
      offers: described?.options.map(({ label }) => label),
      info,
      settings: settings?.options.map(({ label }) => label),
      remix,
      remixed: remixed?.content,
      relaxed: relaxed?.content,
      fast: fast?.content,
      accounts: await control('/accounts'),
    };
  },

  /** The package must find its picture for every form of the final message and every time of the deletion. */
  async finals() {
    const seen: object[] = [];
    for (const switches of [
      { finalNonce: true, footer: true, startDeletion: 'before', upscaleStart: 'always' },
      { finalNonce: true, footer: false, startDeletion: 'after', upscaleStart: 'never' },
      { finalNonce: false, footer: true, startDeletion: 'never', upscaleStart: 'always' },
      { finalNonce: false, footer: false, startDeletion: 'before', upscaleStart: 'never', startEmpty: true },
    ]) {
      await control('/switches', switches);
      const grid = await theGrid(`a fox number ${seen.length}`);
      const chosen = await press(grid, 'U2', grid.content);
      seen.push({ content: grid.content.split('\n').length, hash: grid.hash, chosen: chosen?.content });
    }
    return { seen };
  },

  async refusals() {
    const refusals: string[] = [];
    for (const prompt of ['sim:banned', '--size 3', 'sim:queue-full', 'sim:fail/first', 'sim:500'])
      refusals.push(await refusalOf(client.Imagine(`a fox ${prompt}`)));
    // The package presses the Appeal button by itself, which changes nothing here; the promise stays open.
    void client.Imagine('a fox sim:moderated');
    let presses = 0;
    for (let turn = 0; turn < 100 && presses === 0; turn += 1) {
      const [account] = (await control('/accounts')) as { noticePresses: number }[];
      presses = account?.noticePresses ?? 0;
    }
    return { refusals, presses };
  },

  async polling() {
    const progress: string[] = [];
    const grid = await theGrid('a red fox', (percent) => void progress.push(percent));
    return { grid: hashAndLabels(grid), progress };
  },
};

await client.Connect();
const run = SCRIPTS[script];
if (!run) throw new Error(`no script ${script}`);
console.log(JSON.stringify(await run()));
process.exit(0);
