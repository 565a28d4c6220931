import type { ApplicationCommand, CommandOption } from '../discord/rest/commands.ts';
import type { User } from '../discord/model.ts';

export const MIDJOURNEY: User = { id: '936929561302675456', username: 'Midjourney Bot', globalName: null, bot: true };

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
