/** All fuzz targets of the repository, and how much of the time each gets: those that face the network get most. */
import { apiFuzzTargets } from '@tracewright/api/testing';
import { configFuzzTargets } from '@tracewright/config/testing';
import { httpFuzzTargets } from '@tracewright/http/testing';
import { pipelineFuzzTargets } from '@tracewright/pipeline/testing';
import { queryFuzzTargets } from '@tracewright/query/testing';
import type { FuzzTarget } from '@tracewright/std/testing';
import { nativeFuzzTargets } from '@tracewright/storage/testing';
import { otlpFuzzTargets } from '@tracewright/wire/testing';
import { terminalFuzzTargets } from 'tracewright/testing';

export type WeighedTarget = { readonly target: FuzzTarget; readonly weight: number };

export const FUZZ_TARGETS: readonly WeighedTarget[] = [
  ...weighed(otlpFuzzTargets, 4),
  ...weighed(pipelineFuzzTargets, 2),
  ...weighed(httpFuzzTargets, 2),
  ...weighed(apiFuzzTargets, 2),
  ...weighed(queryFuzzTargets, 1),
  ...weighed(nativeFuzzTargets, 1),
  ...weighed(configFuzzTargets, 1),
  ...weighed(terminalFuzzTargets, 1),
];

function weighed(targets: readonly FuzzTarget[], weight: number): readonly WeighedTarget[] {
  return targets.map((target) => ({ target, weight }));
}
