import type { ApplicationCommand, CommandOption } from '../discord/rest/commands.ts';
import type { Interaction } from '../discord/interactions.ts';
import type { User } from '../discord/model.ts';

/** Source: midjourney-bot, applications. */
export const MIDJOURNEY: User = { id: '936929561302675456', username: 'Midjourney Bot', globalName: null, bot: true };
export const NIJI: User = { id: '1022952195194359889', username: 'niji・journey Bot', globalName: null, bot: true };

/** The bot that an interaction asks: every answer to it has this author. */
export const botOf = ({ applicationId }: Pick<Interaction, 'applicationId'>): User => (applicationId === NIJI.id ? NIJI : MIDJOURNEY);

const text = (name: string, description: string, required = true): CommandOption => ({ type: 3, name, description, required });
const picture = (name: string, required: boolean): CommandOption => ({ type: 11, name, description: 'A picture', required });

/**
 * The commands that the simulated bot knows, `imagine` first: one client takes the first for any it does not find.
 * Source: midjourney-bot, slash commands, ids and versions.
 */
export const COMMANDS: readonly Omit<ApplicationCommand, 'applicationId'>[] = [
  {
    id: '938956540159881230',
    version: '1237876415471554623',
    name: 'imagine',
    description: 'Create images with Midjourney',
    options: [text('prompt', 'The prompt to imagine')],
  },
  {
    id: '1062880104792997970',
    version: '1237876415471554624',
    name: 'blend',
    description: 'Blend images together seamlessly',
    options: [
      picture('image1', true),
      picture('image2', true),
      {
        type: 3,
        name: 'dimensions',
        description: 'The dimensions of the picture',
        required: false,
        choices: [
          { name: 'Portrait', value: '--ar 2:3' },
          { name: 'Square', value: '--ar 1:1' },
          { name: 'Landscape', value: '--ar 3:2' },
        ],
      },
      picture('image3', false),
      picture('image4', false),
      picture('image5', false),
    ],
  },
  {
    id: '1092492867185950852',
    version: '1237876415471554625',
    name: 'describe',
    description: 'Write a prompt based on a picture',
    options: [picture('image', false), text('link', 'A link to a picture', false)],
  },
  {
    id: '1121575372539039774',
    version: '1237876415471554626',
    name: 'shorten',
    description: 'Find out what matters in a prompt',
    options: [text('prompt', 'The prompt to shorten')],
  },
  {
    id: '1169435442328911902',
    version: '1237876415471554630',
    name: 'show',
    description: 'Show a job again',
    options: [text('job_id', 'The id of the job')],
  },
  { id: '972289487818334209', version: '1237876415735660565', name: 'info', description: 'What Midjourney knows about you', options: [] },
  {
    id: '1000850743479255081',
    version: '1237876415790055475',
    name: 'settings',
    description: 'Look at and change your settings',
    options: [],
  },
  { id: '972289487818334212', version: '1237876415735660572', name: 'fast', description: 'Switch to fast mode', options: [] },
  { id: '972289487818334213', version: '1237876415735660573', name: 'relax', description: 'Switch to relax mode', options: [] },
  { id: '1124132684143271996', version: '1237876415790055474', name: 'turbo', description: 'Switch to turbo mode', options: [] },
  {
    id: '984273800587776053',
    version: '1237876415790055476',
    name: 'prefer',
    description: 'Set a preference',
    options: [
      { type: 1, name: 'remix', description: 'Toggle remix mode', options: [] },
      { type: 1, name: 'variability', description: 'Toggle high variability mode', options: [] },
      {
        type: 1,
        name: 'suffix',
        description: 'Text appended to every prompt',
        options: [text('new_value', 'The suffix; empty to clear it', false)],
      },
    ],
  },
];

/** Id and version of each command of the Niji bot. Source: midjourney-bot, slash commands. */
const NIJI_IDS: Readonly<Record<string, readonly [id: string, version: string]>> = {
  imagine: ['1023054140580057099', '1248805223892254774'],
  blend: ['1061216934374424697', '1248805223892254775'],
  describe: ['1092683500743831652', '1248805223892254776'],
  shorten: ['1121575453916942376', '1248805223892254777'],
  show: ['1023054140580057101', '1248805223892254781'],
  info: ['1023054140580057102', '1248805223892254782'],
  settings: ['1023054140634579025', '1493662157684915686'],
  fast: ['1023054140580057107', '1248805223925940261'],
  relax: ['1023054140634579024', '1248805223925940262'],
};

/** The commands of the Niji bot: named as Midjourney's, with ids of their own. */
export const NIJI_COMMANDS: readonly Omit<ApplicationCommand, 'applicationId'>[] = COMMANDS.flatMap((command) => {
  const [id, version] = NIJI_IDS[command.name] ?? [];
  return id === undefined || version === undefined ? [] : [{ ...command, id, version }];
});
