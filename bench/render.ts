/**
 * The cost of a music video beside two other ways: the popular still picture, and the fastest graph of ffmpeg's filters. One track of
 * three minutes, all in one run, because machines differ and a noisy machine differs between runs.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fastify from 'fastify';
import { createFfmpegFinder, createRenderVideo, createRunFfmpeg, type LyricLine, type RenderRequest } from '@atelier/renderer';
import { createPainter } from '@atelier/demo-art';

const SECONDS = 180;
const RATE = 44_100;
const TICKS_PER_SECOND = 100;
const REQUESTS_PER_SECOND = 200;
const LOAD_SECONDS = 8;
const TUNED = '-preset veryfast -crf 21 -x264-params bframes=8:b-adapt=0:weightb=0:subme=1:me=dia -pix_fmt yuv420p';

interface Measured {
  name: string;
  wallS: number;
  cpuS: number;
  bytes: number;
}

/** `graph`: the same template made by ffmpeg's filters in the same run. */
type Row = Measured & { graph: Measured | undefined };

interface Bench {
  ffmpeg: string;
  folder: string;
  lyrics: LyricLine[];
}

export async function benchRender(parent = tmpdir()): Promise<void> {
  const folder = await mkdtemp(join(parent, 'render-'));
  try {
    const ffmpeg = await createFfmpegFinder({ path: process.env['FFMPEG_PATH'], environmentPath: process.env['PATH'] }).path();
    const bench: Bench = { ffmpeg, folder, lyrics: makeLyrics() };
    await makeTrack(bench);
    await makePictures(bench);
    console.log(`music videos: a track of ${SECONDS} s, 25 frames a second, ${cpus().length} cores, ${new Date().toISOString()}`);
    const cover = await measureStill(bench, 'still picture, -loop 1: the cover, 1024x1024', 'cover.png');
    const plate = await measureStill(bench, 'still picture, -loop 1: 1280x720', 'wide.png');
    const rows: Row[] = [
      { ...cover, graph: undefined },
      { ...plate, graph: undefined },
    ];
    const hasFilters = await findFilters(bench);
    for (const template of ['stage', 'halo', 'poster'] as const) {
      const graph = hasFilters ? await measureGraph(bench, template) : undefined;
      if (graph) rows.push({ ...graph, graph });
      const output = join(folder, `${template}.mp4`);
      rows.push({ ...(await measure(`${template}, Atelier`, output, () => renderTemplate(bench, template, output))), graph });
    }
    print(rows, plate);
    await benchApi(bench);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Wall time, and processor time of this process and of the processes that it starts. */
async function measure(name: string, output: string, work: () => Promise<unknown>): Promise<Measured> {
  const startedMs = performance.now();
  const startedCpuS = cpuSeconds();
  await work();
  const wallS = (performance.now() - startedMs) / 1_000;
  return { name, wallS, cpuS: cpuSeconds() - startedCpuS, bytes: (await stat(output)).size };
}

/** Processor time of this process and of its ended children; NaN where the system is not Linux. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  if (process.platform !== 'linux') return Number.NaN;
  const fields = readFileSync('/proc/self/stat', 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

function print(rows: readonly Row[], still: Measured): void {
  const cells = rows.map(({ graph, ...row }) => [
    row.name,
    `${row.wallS.toFixed(1)} s`,
    `${row.cpuS.toFixed(1)} s`,
    `${(SECONDS / row.wallS).toFixed(1)} x`,
    `${(row.bytes / 1e6).toFixed(1)} MB`,
    `${(still.wallS / row.wallS).toFixed(1)} x`,
    graph ? `${(row.wallS / graph.wallS).toFixed(2)} x` : '',
  ]);
  const lines = [['', 'wall', 'CPU', 'real time', 'size', 'faster than the 1280x720 still', 'wall beside the filters'], ...cells];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  for (const [name = '', ...figures] of lines)
    console.log([name.padEnd(widths[0] ?? 0), ...figures.map((cell, index) => cell.padStart(widths[index + 1] ?? 0))].join('  '));
  console.log('the limit of this design on two cores was calculated as about 22 x real time');
}

const run = (bench: Bench, args: readonly string[]): Promise<unknown> =>
  promisify(execFile)(bench.ffmpeg, ['-hide_banner', '-nostdin', '-v', 'error', '-y', ...args], { cwd: bench.folder });

/** The recipe that most pages on the subject give. */
function measureStill(bench: Bench, name: string, picture: string): Promise<Measured> {
  const input = `-loop 1 -framerate 25 -i ${picture} -i track.mp3 -c:v libx264 -tune stillimage -pix_fmt yuv420p`.split(' ');
  const output = `-c:a aac -b:a 192k -shortest -t ${SECONDS} still.mp4`.split(' ');
  return measure(name, join(bench.folder, 'still.mp4'), () => run(bench, [...input, ...output]));
}

async function findFilters(bench: Bench): Promise<boolean> {
  const { stdout } = await promisify(execFile)(bench.ffmpeg, ['-hide_banner', '-filters'], { maxBuffer: 1 << 24 });
  const lacking = ['ass', 'showcqt', 'showwaves'].filter((name) => !new RegExp(`^ \\S+ ${name} `, 'm').test(stdout));
  if (lacking.length > 0) console.log(`this ffmpeg has no filter ${lacking.join(' and ')}: nothing to compare with`);
  return lacking.length === 0;
}

const CQT = 'fps=25:count=2:bar_g=4:sono_g=4:bar_v=14:sono_h=0:axis=0';
const BACKGROUND = '[0:v]scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,loop=-1:1:0,setpts=N/25/TB,fps=25[bg]';
const overlay = (x: number, y: number): string => `[bg][strip]overlay=${x}:${y}:format=yuv420:shortest=1,ass=lyrics.ass[v]`;

/** Each template as near as ffmpeg's filters come to it. */
const GRAPHS: Record<RenderRequest['template'], { plate: string; filters: string[] }> = {
  stage: {
    plate: 'wide.png',
    filters: [
      BACKGROUND,
      `[1:a]showcqt=s=672x96:${CQT}:bar_h=96,format=gray,scale=48:96:flags=area,` +
        "lutyuv=y='if(gt(val\\,36)\\,255\\,0)',scale=672:96:flags=neighbor[c]",
      '[2:v]format=gray,loop=-1:1:0,setpts=N/25/TB,fps=25[mk]',
      '[c][mk]blend=all_mode=multiply[m]',
      'color=c=0xff9ae0:s=672x96:r=25[col]',
      '[col][m]alphamerge,format=yuva420p[strip]',
      overlay(536, 584),
    ],
  },
  halo: {
    plate: 'square.png',
    filters: [
      BACKGROUND,
      `[1:a]showcqt=s=900x110:${CQT}:bar_h=110,format=yuva420p,colorkey=black:0.12:0.1[strip]`,
      '[2:v]nullsink',
      overlay(90, 820),
    ],
  },
  poster: {
    plate: 'wide.png',
    filters: [
      BACKGROUND,
      '[1:a]aformat=channel_layouts=mono,showwaves=s=1184x84:r=25:mode=cline:colors=white@0.9:scale=sqrt,format=yuva420p[strip]',
      '[2:v]nullsink',
      overlay(48, 600),
    ],
  },
};

/** Measures a template made by ffmpeg's filters, with the fastest known options. */
function measureGraph(bench: Bench, template: RenderRequest['template']): Promise<Measured> {
  const { plate, filters } = GRAPHS[template];
  const video = `-i ${plate} -i track.mp3 -i mask.png -filter_complex`.split(' ').concat(filters.join(';'));
  const encode = `-map [v] -c:v libx264 ${TUNED} -t ${SECONDS} graph-video.mp4`.split(' ');
  return measure(`${template}, by ffmpeg's filters, tuned x264, parallel AAC`, join(bench.folder, 'graph.mp4'), async () => {
    await Promise.all([
      run(bench, [...video, ...encode]),
      run(bench, `-i track.mp3 -map 0:a:0 -c:a aac -b:a 192k graph-audio.m4a`.split(' ')),
    ]);
    const join = `-i graph-video.mp4 -i graph-audio.m4a -map 0:v -map 1:a -c copy -t ${SECONDS} -movflags +faststart graph.mp4`;
    await run(bench, join.split(' '));
  });
}

function renderTemplate({ ffmpeg, folder, lyrics }: Bench, template: RenderRequest['template'], outputPath: string): Promise<unknown> {
  const render = createRenderVideo({ ffmpeg: async () => ffmpeg, run: createRunFfmpeg({ temporaryFolder: folder }) });
  return render({
    audioPath: join(folder, 'track.mp3'),
    coverPath: join(folder, 'cover.png'),
    title: 'Neon Rivers',
    author: 'Studio Lumen',
    domain: 'music.example.com',
    template,
    lyrics,
    outputPath,
  });
}

/** Measures how quickly a server in this process answers while a video is being made. */
async function benchApi(bench: Bench): Promise<void> {
  const app = fastify();
  app.get('/', async () => ({ code: 200, msg: 'success' }));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  try {
    const alone = await load(url);
    const rendering = renderTemplate(bench, 'stage', join(bench.folder, 'loaded.mp4'));
    const beside = await load(url);
    await rendering;
    console.log(`API p99: ${beside} ms while a video is made, ${alone} ms without (${REQUESTS_PER_SECOND} requests/s; the bar is 50 ms)`);
  } finally {
    await app.close();
  }
}

/** The 99th percentile of the answer times in milliseconds, under steady load from a separate process. */
async function load(url: string): Promise<number> {
  const program = createRequire(import.meta.url).resolve('autocannon');
  const options = ['--json', '--connections', '4', '--overallRate', String(REQUESTS_PER_SECOND), '--duration', String(LOAD_SECONDS), url];
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...options]);
  const { latency, errors } = JSON.parse(stdout) as { latency: { p99: number }; errors: number };
  if (errors > 0) throw new Error(`${errors} requests failed`);
  return latency.p99;
}

function makeLyrics(): LyricLine[] {
  const lines = ['Than the night we learned to fly', 'Neon rivers run through the midnight town', 'Every window hums with a quiet sound'];
  return Array.from({ length: 34 }, (_, index) => ({
    startMs: 8_000 + index * 4_800,
    endMs: 11_900 + index * 4_800,
    text: lines[index % lines.length] ?? '',
  }));
}

/** A beat, a bass, a melody and hiss, so that every band of a spectrum moves. */
async function makeTrack(bench: Bench): Promise<void> {
  const samples = new Int16Array(SECONDS * RATE);
  for (let at = 0, noise = 1; at < samples.length; at++) {
    const time = at / RATE;
    noise = (noise * 16_807) % 2_147_483_647;
    const bass = Math.sin(2 * Math.PI * 55 * (1 + (Math.floor(time / 2) % 4) / 4) * time) * (0.4 + 0.6 * Math.exp(-4 * (time % 0.5)));
    const lead = Math.sin(2 * Math.PI * 440 * (1 + (Math.floor(time * 2) % 5) / 4) * time) * Math.exp(-3 * (time % 0.25));
    const hiss = (noise / 1_073_741_824 - 1) * Math.exp(-16 * (time % 0.25));
    samples[at] = 9_000 * bass + 6_000 * lead + 5_000 * hiss;
  }
  await writeFile(join(bench.folder, 'track.raw'), Buffer.from(samples.buffer));
  await run(bench, `-f s16le -ar ${RATE} -ac 1 -i track.raw -ac 2 -c:a libmp3lame -b:a 192k track.mp3`.split(' '));
}

/** A detailed picture as a cover, from the demo painter. */
async function makePictures(bench: Bench): Promise<void> {
  const painter = createPainter({ ffmpeg: async () => bench.ffmpeg });
  try {
    const [scene] = painter.imagine('neon city in the rain', { seed: 7, aspect: 1 });
    if (!scene) throw new Error('the painter returned no scene');
    const { bytes } = await painter.single(scene, { tilePixels: 1_024, mark: '' });
    await writeFile(join(bench.folder, 'cover.png'), bytes);
  } finally {
    await painter.close();
  }
  const fill = (width: number, height: number): string =>
    `scale=${width}:${height}:force_original_aspect_ratio=increase,crop=${width}:${height}`;
  await run(bench, ['-i', 'cover.png', '-vf', fill(1_280, 720), 'wide.png']);
  await run(bench, ['-i', 'cover.png', '-vf', fill(1_080, 1_080), 'square.png']);
  await run(bench, ['-f', 'lavfi', '-i', `color=s=672x96,format=gray,geq=lum='if(lt(mod(X,14),10),255,0)'`, '-frames:v', '1', 'mask.png']);
  await writeFile(join(bench.folder, 'lyrics.ass'), toAss(bench.lyrics));
}

function toAss(lyrics: readonly LyricLine[]): string {
  const time = (ms: number): string => new Date(ms).toISOString().slice(12, 22);
  const style = 'Style: L,sans-serif,40,&H00E09AFF,&H00FFFFFF,&H00000000,&H64000000,1,0,0,0,100,100,0,0,1,0,2,7,540,72,240,1';
  const events = lyrics.map(({ startMs, endMs, text }) => {
    const words = text.split(' ');
    const share = Math.round((endMs - startMs) / 10 / words.length);
    return `Dialogue: 0,${time(startMs)},${time(endMs)},L,,0,0,0,,${words.map((word) => `{\\kf${share}}${word}`).join(' ')}`;
  });
  const fields =
    'Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding';
  return [
    '[Script Info]',
    'ScriptType: v4.00+',
    'PlayResX: 1280',
    'PlayResY: 720',
    '[V4+ Styles]',
    `Format: ${fields}`,
    style,
    '[Events]',
    'Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text',
    ...events,
  ].join('\n');
}

if (import.meta.main) await benchRender();
