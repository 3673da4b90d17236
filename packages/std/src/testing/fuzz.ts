/**
 * Fuzzing: a target makes inputs by chance and checks that what must always hold holds for each of them.
 *
 * Every input follows from the seed, the target's name and its number alone, so that any of them can be made again
 * without those before it. An input that breaks a law is shrunk while it still breaks one. Being slow beyond a budget
 * that grows with the input is a law broken like any other; so that a busy machine is no finding, it must be slow
 * three times.
 */
import { Random } from './random.ts';

export type FuzzOutcome = 'taken' | 'refused';

export type FuzzTarget = {
  /** Its folder in `fixtures/fuzz`, too. */
  readonly name: string;
  /** Mostly valid input, so that what lies deep is reached. */
  readonly make: (random: Random) => Uint8Array;
  /** Throws when a law is broken, and says whether the input was taken or refused. */
  readonly check: (input: Uint8Array) => FuzzOutcome | Promise<FuzzOutcome>;
  /** Gives back what the first check opened; a check afterwards opens it again. */
  readonly close?: () => Promise<void>;
};

export type FuzzFailure = {
  readonly target: string;
  readonly seed: number;
  readonly index: number;
  readonly message: string;
  /** As small as it could be made. */
  readonly input: Uint8Array;
};

export type FuzzReport = {
  readonly target: string;
  readonly inputs: number;
  readonly bytes: number;
  readonly taken: number;
  readonly refused: number;
  readonly slowestMs: number;
  readonly failures: readonly FuzzFailure[];
};

export type FuzzOptions = {
  readonly seed: number;
  /** The number of the first input. */
  readonly from?: number;
  readonly inputs: number;
  /** Ends before all inputs were tried when so much time has passed. */
  readonly durationMs?: number;
  readonly onProgress?: (index: number) => void;
};

const FAILURES_MAX = 3;
const BUDGET_MS = 250;
const BUDGET_MS_PER_BYTE = 0.02;
const SHRINK_TRIES_MAX = 3_000;
const SHRINK_MS = 5_000;

export function makeInput(target: FuzzTarget, seed: number, index: number): Uint8Array {
  return target.make(new Random(seed, target.name, index));
}

export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzReport> {
  const { seed, from = 0, inputs, durationMs = Number.POSITIVE_INFINITY, onProgress } = options;
  const failures: FuzzFailure[] = [];
  const startedMs = performance.now();
  const counts = { inputs: 0, bytes: 0, taken: 0, refused: 0, slowestMs: 0 };
  for (let index = from; index < from + inputs; index++) {
    const trialMs = performance.now();
    if (trialMs - startedMs > durationMs) break;
    onProgress?.(index);
    const input = makeInput(target, seed, index);
    counts.inputs++;
    counts.bytes += input.length;
    const outcome = await tryInput(target, input);
    if (isOutcome(outcome)) counts[outcome]++;
    else {
      const small = await shrink(target, input);
      const message = await tryInput(target, small);
      failures.push({ target: target.name, seed, index, message, input: small });
      if (failures.length >= FAILURES_MAX) break;
    }
    counts.slowestMs = Math.max(counts.slowestMs, performance.now() - trialMs);
  }
  await target.close?.();
  return { target: target.name, ...counts, failures };
}

/** What became of an input, or in words what is wrong with that. */
export async function tryInput(target: FuzzTarget, input: Uint8Array): Promise<string> {
  const budgetMs = BUDGET_MS + BUDGET_MS_PER_BYTE * input.length;
  for (let attempt = 1; ; attempt++) {
    const startedMs = performance.now();
    let outcome: FuzzOutcome;
    try {
      // Waiting for what need not be waited for would cost more than the trial.
      const answer = target.check(input);
      outcome = answer instanceof Promise ? await answer : answer;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    const tookMs = performance.now() - startedMs;
    if (tookMs <= budgetMs) return outcome;
    if (attempt === 3) return `${input.length} bytes took ${Math.round(tookMs)} ms, three times`;
  }
}

function isOutcome(text: string): text is FuzzOutcome {
  return text === 'taken' || text === 'refused';
}

/** Removes stretches, large ones first, while a law is still broken. */
async function shrink(target: FuzzTarget, input: Uint8Array): Promise<Uint8Array> {
  let small = input;
  let tries = 0;
  const startedMs = performance.now();
  for (let size = Math.ceil(input.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < small.length; ) {
      if (++tries > SHRINK_TRIES_MAX || performance.now() - startedMs > SHRINK_MS) return small;
      const without = new Uint8Array(small.length - Math.min(size, small.length - at));
      without.set(small.subarray(0, at));
      without.set(small.subarray(at + size), at);
      const outcome = await tryInput(target, without);
      if (isOutcome(outcome)) at += size;
      else small = without;
    }
  }
  return small;
}
