import { lockDataFolder } from './data-lock.ts';

/** A process that locks the given folder, sends its parent `locked` or the error, and keeps the lock until it or its parent ends. */
process.on('disconnect', () => process.exit());
try {
  const lock = await lockDataFolder(process.argv[2] ?? '');
  process.on('exit', () => void lock.release());
  process.send?.('locked');
} catch (error) {
  process.send?.(String(error), () => process.disconnect());
}
