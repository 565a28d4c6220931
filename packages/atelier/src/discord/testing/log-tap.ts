import { createLog, type Log } from '@atelier/lib/log';
import { createInbox, type Inbox } from './inbox.ts';

/** A log that keeps every line, at every level. */
export function createLogTap(): { log: Log; lines: string[]; inbox: Inbox<string> } {
  const lines: string[] = [];
  const inbox = createInbox<string>();
  const write = (line: string): void => {
    lines.push(line);
    inbox.put(line);
  };
  return { log: createLog({ level: 'trace', destination: { write } }), lines, inbox };
}
