import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The list that comes with the server. */
const DEFAULT_FILE = join(import.meta.dirname, 'policy-terms.txt');

/** Larger than any list of words; smaller than what a wrong path may lead to. */
const MAX_BYTES = 1024 * 1024;

/** The text of a list of terms. Rejects for what cannot be read, is no UTF-8 text, or is over 1 MiB. */
export async function readPolicyList(file: string = DEFAULT_FILE): Promise<string> {
  const bytes = await readFile(file);
  if (bytes.length > MAX_BYTES) throw new Error(`the list of the content policy is larger than ${MAX_BYTES} bytes`);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (text.includes('\0')) throw new Error('the list of the content policy is no text');
  return text;
}
