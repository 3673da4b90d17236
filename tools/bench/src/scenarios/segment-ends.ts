// When a segment is closed, in the whole program: by its age at a pace that the machine bears easily, where short segments
// are small and cost most, and by its size at full load.

import type { Figure } from '../report/figure.ts';
import { chosenVariants, measureProgramVariant, type ProgramVariant } from './program-variant.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

const CHOICE = 'segment-ends';
const LOAD_MS = 20_000;
const AGES_MS = [300, 600, 1_200] as const;
const SIZES_MIB = [8, 16, 32] as const;

export const segmentEndsScenario: Scenario = {
  name: `storage:${CHOICE}`,
  summary:
    'segments closed after 300, 600, 1,200 ms, or at 8, 16, 32 MiB; the whole program (--variant to choose)',
  byDefault: false,
  run: segmentEnds,
};

async function segmentEnds(context: ScenarioContext): Promise<ScenarioResult> {
  const durationMs = Math.min(context.durationMs, LOAD_MS);
  const pace = `${context.rate.toLocaleString('en-US')} spans/s`;
  const variants: readonly ProgramVariant[] = [
    { name: 'paced-in-use', what: `as it is, at ${pace}`, settings: [], rate: context.rate },
    ...AGES_MS.map((ms) => ({
      name: `paced-${ms}ms`,
      what: `closed after ${ms} ms (half of it from 16 MiB on), at ${pace}`,
      settings: ['--wal.segmentInterval', `${ms}ms`],
      rate: context.rate,
    })),
    { name: 'full-in-use', what: 'as it is, at full load', settings: [] },
    ...SIZES_MIB.map((mib) => ({
      name: `full-${mib}MiB`,
      what: `closed at ${mib} MiB at the latest, at full load`,
      settings: ['--wal.segmentBytes', `${mib}MiB`],
    })),
    ...AGES_MS.map((ms) => ({
      name: `full-${ms}ms`,
      what: `closed after ${ms} ms (half of it from 16 MiB on), at full load`,
      settings: ['--wal.segmentInterval', `${ms}ms`],
    })),
  ];
  const chosen = chosenVariants(variants, context);
  const figures: Figure[] = [];
  for (const variant of chosen)
    figures.push(...(await measureProgramVariant(CHOICE, variant, durationMs, context)));
  return {
    conditions: [
      `standard workload over http/protobuf for ${durationMs / 1_000} s, CPU of all processes with merges; ` +
        'compare what is paced among itself and what is full among itself',
      ...chosen.map(({ name, what }) => `${name}: ${what}`),
    ],
    figures,
    layout: 'matrix',
  };
}
