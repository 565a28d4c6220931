import { createRequire } from 'node:module';
import type * as midjourney from 'midjourney';
import type { MJOptions } from 'midjourney';

/**
 * What a user of the npm package `midjourney` would write, against the simulator named on the command line; prints what it
 * saw as one line of JSON. A program of its own because the package leaves timers behind and writes to the console.
 */
const { Midjourney } = createRequire(import.meta.url)('midjourney') as typeof midjourney;
const [url = '', token = '', guildId = '', channelId = ''] = process.argv.slice(2);
const client = new Midjourney({
  SalaiToken: token,
  ServerId: guildId,
  ChannelId: channelId,
  DiscordBaseUrl: url,
  WsBaseUrl: `${url.replace(/^http/, 'ws')}/?encoding=json&v=9`,
  Ws: true,
  ApiInterval: 0,
  Debug: false,
});

const customIdOf = (message: { options?: MJOptions[] } | null | undefined, label: string): string =>
  message?.options?.find((option) => option.label === label)?.custom ?? `no ${label}`;
const refusalOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'accepted',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

await client.Connect();
const progress: string[] = [];
const grid = await client.Imagine('a red  fox --ar 3:2', (_uri, percent) => void progress.push(percent));
if (!grid) throw new Error('no grid');
const press = (message: { id?: string; options?: MJOptions[] } | null | undefined, label: string, content: string) =>
  client.Custom({ msgId: message?.id ?? '', customId: customIdOf(message, label), flags: 0, content });
const chosen = await press(grid, 'U1', grid.content);
const varied = await press(grid, 'V2', grid.content);
const zoomed = await press(chosen, 'Custom Zoom', 'a red fox --zoom 1.8');
const shortened = await client.Shorten('please draw a very beautiful red fox in deep winter snow');
const described = await client.Describe(grid.uri);
const info = await client.Info();
const settings = await client.Settings();
const remix = await client.SwitchRemix();
client.config.Remix = true;
const remixed = await press(grid, 'V3', 'a blue fox');
const twins = await Promise.all([client.Imagine('a twin'), client.Imagine('a twin')]);
const refusals = [await refusalOf(client.Imagine('a fox sim:banned')), await refusalOf(client.Imagine('a fox --size 3'))];

console.log(
  JSON.stringify({
    grid: { content: grid.content, hash: grid.hash, labels: grid.options?.map(({ label }) => label) },
    progress,
    chosen: chosen?.content,
    varied: varied?.content,
    zoomed: zoomed?.content,
    prompts: shortened?.prompts.length,
    descriptions: described?.descriptions.length,
    info,
    settings: settings?.options.map(({ label }) => label),
    remix,
    remixed: remixed?.content,
    twins: new Set(twins.map((twin) => twin?.hash)).size,
    refusals,
  }),
);
process.exit(0);
