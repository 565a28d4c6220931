import { lockDataFolder } from './data-lock.ts';

/** A process that takes the folder it is given, says so (or why not), and holds it until it is killed or its parent is gone. */
process.on('disconnect', () => process.exit());
try {
  const lock = await lockDataFolder(process.argv[2] ?? '');
  process.on('exit', () => void lock.release());
  process.send?.('locked');
} catch (error) {
  process.send?.(String(error), () => process.disconnect());
}
