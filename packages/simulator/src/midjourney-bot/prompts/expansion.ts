/** Source: midjourney-bot, questions before a batch. */
export const MOST_JOBS_OF_A_PROMPT = 40;

const REPEAT = /(?:^|\s)--(?:repeat|r)\s+(\d{1,3})(?!\S)/;

/**
 * The prompts that one prompt stands for: each combination of its `{a, b}` groups, as often as `--repeat` says. At most
 * `MOST_JOBS_OF_A_PROMPT` and one more, which tells that there are too many. `\,` `\{` and `\}` are plain characters.
 */
export function expandPrompt(prompt: string): string[] {
  const repeats = Number(REPEAT.exec(prompt)?.[1] ?? 1);
  const combinations = combine(prompt.replace(REPEAT, '').trim());
  return combinations
    .flatMap((combination) => Array.from({ length: Math.max(1, Math.min(repeats, MOST_JOBS_OF_A_PROMPT + 1)) }, () => combination))
    .slice(0, MOST_JOBS_OF_A_PROMPT + 1)
    .map((combination) => combination.replaceAll(/\\([{},])/g, '$1'));
}

function combine(prompt: string): string[] {
  const group = groupIn(prompt);
  if (!group) return [prompt];
  const { before, choices, after } = group;
  const rests = combine(after);
  return choices
    .flatMap((choice) => combine(choice).flatMap((inner) => rests.map((rest) => before + inner + rest)))
    .slice(0, MOST_JOBS_OF_A_PROMPT + 1);
}

/** The first group of a prompt, which may hold other groups; null without a complete one. */
function groupIn(prompt: string): { before: string; choices: string[]; after: string } | null {
  const from = /(?<!\\)\{/.exec(prompt)?.index;
  if (from === undefined) return null;
  const choices = [''];
  let depth = 0;
  for (let at = from; at < prompt.length; at++) {
    const isPlain = prompt[at] === '\\';
    const piece = isPlain ? prompt.slice(at, at + 2) : prompt.charAt(at);
    if (isPlain) at += 1;
    if (piece === '{' && ++depth === 1) continue;
    if (piece === '}' && --depth === 0)
      return { before: prompt.slice(0, from), choices: choices.map((choice) => choice.trim()), after: prompt.slice(at + 1) };
    if (piece === ',' && depth === 1) choices.push('');
    else choices.push((choices.pop() ?? '') + piece);
  }
  return null;
}
