/**
 * Tries so many inputs on all decoders and parsers: a slice of time for each in turn, until enough were tried. A failing
 * input is kept in `fixtures/fuzz`, where `npm test` replays it; one that never ends or takes all memory is told by its
 * number. After the first slices a target must not hold more and more memory.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { keepInput, makeInput } from '@tracewright/std/testing';
import { FuzzThread } from '../fuzzing/fuzz-thread.ts';
import { FUZZ_TARGETS } from '../fuzzing/targets.ts';
import type { Scenario, SoakContext, SoakResult } from './scenario.ts';

const SLICE_MS = 500;
/** So that what is cheap to try does not stand for what is not. */
const SLICE_INPUTS_MAX = 20_000;
const GROWTH_BYTES_MAX: number = 192 * 1024 * 1024;
const TELL_INTERVAL_MS = 30_000;
const MIB: number = 1024 * 1024;

type Tally = { inputs: number; bytes: number; taken: number; refused: number; ms: number; slowestMs: number };

export const fuzzScenario: Scenario = {
  name: 'fuzz',
  summary: 'structure-aware fuzzing of every decoder and parser',
  options: {
    inputs: { kind: 'count', fallback: '10000000', summary: 'how many inputs, over all targets' },
    share: { kind: 'count', fallback: '100', summary: 'per cent of one processor to use' },
  },
  run: runFuzz,
};

async function runFuzz({ options, seed, signal, say }: SoakContext): Promise<SoakResult> {
  const { inputs: wanted = 0, share = 100 } = options;
  const failures: string[] = [];
  const tallies = new Map<string, Tally>();
  const thread = new FuzzThread(seed);
  let total = 0;
  let heldFirst: number | undefined;
  let held = 0;
  let toldMs = performance.now();
  for (let round = 0; total < wanted && !signal.aborted; round++) {
    for (const { target, weight } of FUZZ_TARGETS) {
      if (total >= wanted || signal.aborted) break;
      const tally = tallies.get(target.name) ?? {
        inputs: 0,
        bytes: 0,
        taken: 0,
        refused: 0,
        ms: 0,
        slowestMs: 0,
      };
      tallies.set(target.name, tally);
      const startedMs = performance.now();
      const end = await thread.run({
        target: target.name,
        from: tally.inputs,
        inputs: Math.min(wanted - total, SLICE_INPUTS_MAX),
        durationMs: SLICE_MS * weight,
      });
      const tookMs = performance.now() - startedMs;
      tally.ms += tookMs;
      if (end.ok) {
        const { report } = end.answer;
        tally.inputs += report.inputs;
        tally.bytes += report.bytes;
        tally.taken += report.taken;
        tally.refused += report.refused;
        tally.slowestMs = Math.max(tally.slowestMs, report.slowestMs);
        total += report.inputs;
        held = end.answer.heldBytes;
        for (const failure of report.failures) {
          const file = keepInput(failure);
          failures.push(`${target.name}, input ${failure.index}: ${failure.message}\n    kept as ${file}`);
        }
      } else {
        const input = makeInput(target, seed, end.index);
        const file = keepInput({ target: target.name, seed, index: end.index, message: end.reason, input });
        failures.push(`${target.name}, input ${end.index}: ${end.reason}\n    kept as ${file}`);
        tally.inputs = end.index + 1;
        heldFirst = undefined;
      }
      if (failures.length > 20) return report(tallies, total, held, failures);
      if (performance.now() - toldMs > TELL_INTERVAL_MS) {
        toldMs = performance.now();
        const rate = Math.round((total / [...tallies.values()].reduce((sum, { ms }) => sum + ms, 0)) * 1000);
        say(
          `${total.toLocaleString('en-US')} inputs, ${rate.toLocaleString('en-US')}/s, ${failures.length} failures`,
        );
      }
      if (share < 100) await sleep((tookMs * (100 - share)) / Math.max(1, share));
    }
    heldFirst ??= held;
    if (held - heldFirst > GROWTH_BYTES_MAX) {
      failures.push(`memory grew by ${Math.round((held - heldFirst) / MIB)} MiB over ${round} rounds`);
      heldFirst = held;
    }
  }
  await thread.close();
  return report(tallies, total, held, failures);
}

function report(
  tallies: ReadonlyMap<string, Tally>,
  total: number,
  held: number,
  failures: readonly string[],
): SoakResult {
  const figures = [...tallies].map(([label, { inputs, bytes, taken, refused, ms, slowestMs }]) => {
    const parts = [
      `${inputs.toLocaleString('en-US').padStart(10)} inputs`,
      `${taken.toLocaleString('en-US').padStart(10)} taken`,
      `${refused.toLocaleString('en-US').padStart(10)} refused`,
      `${Math.round((inputs / ms) * 1000)
        .toLocaleString('en-US')
        .padStart(7)}/s`,
      `${Math.round(bytes / Math.max(1, inputs))
        .toLocaleString('en-US')
        .padStart(7)} bytes each`,
      `slowest ${slowestMs.toFixed(0)} ms`,
    ];
    return { label, value: parts.join(', ') };
  });
  return {
    figures: [
      { label: 'inputs', value: total.toLocaleString('en-US') },
      { label: 'memory held at the end', value: `${Math.round(held / MIB)} MiB` },
      ...figures,
    ],
    failures,
  };
}
