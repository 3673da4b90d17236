/** A process that locks and releases data folders as its parent says, one message each way. For tests of `DataLock`. */
import { type DataLock, lockDataFolder } from '../data-lock.ts';

export type LockAnswer = { readonly held: boolean; readonly message: string };

let lock: DataLock | undefined;
/** Keeps the process alive while nothing is said. */
const idle = setInterval(() => undefined, 60_000);

process.on('message', (directory: string) => {
  let message = '';
  if (directory === '') {
    lock?.release();
    lock = undefined;
  } else {
    const locked = lockDataFolder(directory);
    if (locked.ok) lock = locked.value;
    else message = locked.failure.message;
  }
  process.send?.({ held: lock !== undefined, message } satisfies LockAnswer);
});
process.on('disconnect', () => clearInterval(idle));
