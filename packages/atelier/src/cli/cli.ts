import { Command } from 'commander';
import { addAccountsCommand, addCallbacksCommand, addKeysCommand } from './administration.ts';
import { runDemo } from './demo.ts';
import { runImagine } from './imagine.ts';
import { addJobsCommand } from './jobs.ts';
import { addMusicCommand } from './music.ts';
import { runServe } from './serve.ts';
import { runSimulator } from './simulator.ts';
import { UserError } from './user-error.ts';
import { addVideoCommand } from './video-command.ts';
import { ConfigError, readConfig } from '../config/config.ts';

/** The command line: what to run, with which settings. Everything else is in `cli/`. */
async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('atelier').description('Midjourney pictures and Suno music behind three vendors’ wire formats');

  program
    .command('serve')
    .description('serve the API (settings: docs/config.md)')
    .action(() => runServe(readConfig(process.env)));

  program
    .command('demo')
    .description('make pictures, a song and its music video with everything embedded, and leave the files in demo-output/')
    .option('--out <folder>', 'where the files go', 'demo-output')
    .action((options: { out: string }) => runDemo(options, process.env));

  program
    .command('imagine')
    .description('make a picture: the prompt, with Midjourney’s own parameters (--ar 16:9) behind it')
    .argument('<prompt...>')
    .option('--out <file>', 'where the picture goes (default: named after the prompt)')
    .option('--url <url>', 'a running server (default: the one of HOST and PORT, else one is started for this picture)')
    .option('--key <key>', 'its API key (default: ATELIER_API_KEY, else the one in the data folder)')
    .allowUnknownOption()
    .action((words: string[], options: { out?: string; url?: string; key?: string }) => runImagine(words.join(' '), options, process.env));

  addMusicCommand(program, process.env);
  addVideoCommand(program, process.env);

  program
    .command('simulator')
    .description('serve the simulated Discord and Midjourney alone (docs/simulator.md)')
    .action(() => runSimulator(readConfig(process.env)));

  addJobsCommand(program, process.env);
  addKeysCommand(program, process.env);
  addAccountsCommand(program, process.env);
  addCallbacksCommand(program, process.env);

  await program.parseAsync([...argv]);
}

try {
  await main(process.argv);
} catch (error) {
  const known = error instanceof ConfigError || error instanceof UserError;
  console.error(known ? error.message : error);
  process.exitCode = 1;
}
