import type { Switches } from '../../switches.ts';

/**
 * Scenario words that set switches for one job. The document of a word is made from its switches, so that the meaning stands in `switches.ts` alone.
 * Source: midjourney-bot, deleted start messages; midjourney-bot, unanswered interactions; midjourney-bot, results; midjourney-bot, message parts;
 * midjourney-bot, likeness of prompts.
 */
export const JOB_WORDS: Readonly<Record<string, Partial<Switches>>> = {
  'gone-40': { startVanishes: '40' },
  'gone-93': { startVanishes: '93' },
  'gone-words': { vanishWords: true },
  'bulk-deletion': { channelEmptied: true },
  'result-12s': { resultDelayMs: 12_000 },
  'result-60s': { resultDelayMs: 60_000 },
  'result-120s': { resultDelayMs: 120_000 },
  'result-bare': { resultForm: 'bare' },
  'result-edit': { resultForm: 'edit' },
  'result-reply': { resultForm: 'reply' },
  'result-interaction': { resultForm: 'interaction' },
  'result-lost': { resultForm: 'lost' },
  'result-no-buttons': { resultButtons: 'none' },
  'result-odd-buttons': { resultButtons: 'odd' },
  thinking: { startForm: 'thinking' },
  'late-answer': { startForm: 'late' },
  containers: { messageForm: 'containers' },
  'percent-decimal': { percentForm: '46.5%' },
  'percent-blank': { percentForm: '46 %' },
  'percent-wide': { percentForm: '４６％' },
  'percent-words': { percentForm: 'words' },
  'preview-bare': { previewName: 'grid_0.webp', cancelButton: false },
  'echo-cut': { echoLimit: 1_900 },
  'echo-zero-width': { echoForm: 'zero-width' },
  'echo-short-names': { echoForm: 'short-names' },
  'echo-defaults': { echoForm: 'defaults' },
  'echo-sequence': { echoForm: 'sequence' },
  'echo-weights': { echoForm: 'weights' },
  'echo-all': { echoForm: 'all' },
};

/** `Sets for this job: startVanishes 40.` */
export const jobWordDoc = (positions: Partial<Switches>): string =>
  `Sets for this job: ${Object.entries(positions)
    .map(([name, value]) => `\`${name}\` \`${String(value)}\``)
    .join(', ')}.`;
