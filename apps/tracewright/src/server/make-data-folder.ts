/** MakeDataFolder: the folder that `storage.path` or `--data` names, made where it is missing. */
import { err, failure, type Result } from '@tracewright/std';
import { makeFolder } from '@tracewright/storage';

export function makeDataFolder(path: string): Result<void> {
  const made = makeFolder(path);
  if (made.ok) return made;
  const { code, message, retry } = made.failure;
  const words = `Cannot use the data folder ${path}: ${message}. Choose another one with --data DIR`;
  return err(failure(code, words, { retry }));
}
