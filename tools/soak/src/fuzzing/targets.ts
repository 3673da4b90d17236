/** All fuzz targets of the repository, and how much of the time each gets: the decoders that everybody reaches get most. */
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

const DECODERS = /^otlp-(?:traces|logs)-(?:protobuf|json)$/;

export const FUZZ_TARGETS: readonly WeighedTarget[] = [
  ...otlpFuzzTargets,
  ...pipelineFuzzTargets,
  ...httpFuzzTargets,
  ...apiFuzzTargets,
  ...queryFuzzTargets,
  ...nativeFuzzTargets,
  ...configFuzzTargets,
  ...terminalFuzzTargets,
].map((target) => ({ target, weight: DECODERS.test(target.name) ? 3 : 1 }));
