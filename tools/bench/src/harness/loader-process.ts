// The loader in a process of its own, so that neither its work nor the bench's watching disturbs the other, and
// what it costs is known apart from what the program costs.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { LoadResult } from '../load/run-load.ts';
import { BenchFailure } from './bench-failure.ts';
import { REPOSITORY } from './program.ts';

/** What the loader prints as JSON: its result without the list of accepted batches. */
export type LoadFigures = Omit<LoadResult, 'acceptedBatches'>;

const MAIN = join(REPOSITORY, 'tools', 'bench', 'src', 'main.ts');

/** Runs `bench load` with these arguments until it ends; a signal makes it stop early. */
export async function runLoader(args: readonly string[], signal: AbortSignal): Promise<LoadFigures> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [MAIN, 'load', '--json', '-', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const interrupt = (): boolean => child.kill('SIGINT');
  signal.addEventListener('abort', interrupt, { once: true });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  await new Promise<void>((resolve) => child.once('close', () => resolve()));
  signal.removeEventListener('abort', interrupt);
  signal.throwIfAborted();
  try {
    return JSON.parse(output) as LoadFigures;
  } catch {
    throw new BenchFailure(`The loader gave no result: ${errors.trim() || output.slice(0, 500)}`);
  }
}
