import { Command } from 'commander';
import { addAccountsCommand } from './accounts.ts';
import { addCallbacksCommand } from './callbacks.ts';
import { addKeysCommand } from './keys.ts';
import { runDemo } from './demo/demo.ts';
import { runImagine } from './imagine.ts';
import { addJobsCommand } from './jobs.ts';
import { addMusicCommand } from './music.ts';
import { runServe } from './serve.ts';
import { runSimulator } from './simulator.ts';
import { UserError } from './terminal.ts';
import { addVideoCommand } from './video.ts';
import { ConfigError, readConfig } from '../config/config.ts';

/** The command line `atelier`. Each command has a file of its own in `cli/`. */
async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('atelier').description('Midjourney pictures and Suno music behind three vendors’ wire formats');

  program
    .command('serve')
    .description('serve the API (settings: docs/config.md)')
    .action(() => runServe(readConfig(process.env)));

  program
    .command('demo')
    .description('make pictures, a song and its music video with everything embedded, and leave the files in demo-output/')
    .option('--out <folder>', 'folder of the files', 'demo-output')
    .action((options: { out: string }) => runDemo(options, process.env));

  program
    .command('imagine')
    .description('make a picture: the prompt may end in Midjourney’s own parameters (--ar 16:9)')
    .argument('<prompt...>')
    .option('--out <file>', 'file of the picture (default: named after the prompt)')
    .option('--url <url>', 'a running server (default: HOST and PORT; without one, a server is started for this picture)')
    .option('--key <key>', 'its API key (default: ATELIER_API_KEY, else the key in the data folder)')
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
  const isExplained = error instanceof ConfigError || error instanceof UserError;
  console.error(isExplained ? error.message : error);
  process.exitCode = 1;
}
