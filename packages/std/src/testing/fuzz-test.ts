/**
 * The bounded run of fuzzers within `npm test`: first all inputs that ever broke something, which are kept in
 * `fixtures/fuzz/<target>/`, then new ones for a moment. A failure leaves its input there, to be committed with the
 * repair. `TRACEWRIGHT_FUZZ_SEED` chooses another seed.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type FuzzFailure, type FuzzTarget, fuzz, tryInput } from './fuzz.ts';

const CORPUS = fileURLToPath(new URL('../../../../fixtures/fuzz/', import.meta.url));
const SEED = Number(process.env['TRACEWRIGHT_FUZZ_SEED'] ?? 1);
/** Enough for some hundred to some ten thousand inputs, depending on the target. */
const DURATION_MS = 1_500;
const INPUTS_MAX = 20_000;

export function fuzzTest(targets: readonly FuzzTarget[]): void {
  for (const target of targets) {
    test(`${target.name}: what broke it once, and ${INPUTS_MAX} inputs or ${DURATION_MS} ms of new ones`, async (t) => {
      for (const { file, input } of corpusOf(target.name)) {
        const outcome = await tryInput(target, input);
        assert.ok(outcome === 'taken' || outcome === 'refused', `${file}: ${outcome}`);
      }
      const report = await fuzz(target, { seed: SEED, inputs: INPUTS_MAX, durationMs: DURATION_MS });
      for (const failure of report.failures) keepInput(failure);
      t.diagnostic(
        `seed ${SEED}: ${report.inputs} inputs, ${report.taken} taken, ${report.refused} refused, slowest ${report.slowestMs.toFixed(1)} ms`,
      );
      assert.deepEqual(
        report.failures.map((one) => `seed ${one.seed}, input ${one.index}: ${one.message}`),
        [],
      );
      assert.ok(report.taken > 0, 'nothing was taken, so nothing that lies deep was tried');
    });
  }
}

/** Keeps a failing input where the next run replays it; the file's path. */
export function keepInput({ target, seed, index, input }: FuzzFailure): string {
  const folder = join(CORPUS, target);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `seed-${seed}-input-${index}.bin`);
  writeFileSync(file, input);
  return file;
}

function corpusOf(target: string): readonly { readonly file: string; readonly input: Uint8Array }[] {
  const folder = join(CORPUS, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.bin'))
    .map((file) => ({ file, input: new Uint8Array(readFileSync(join(folder, file))) }));
}
