// The workloads by name, with the attributes that are asked for where nothing else is said.

import { jaegerWorkload } from '../generate/jaeger-workload.ts';
import { standardWorkload } from '../generate/standard-workload.ts';
import type { Workload } from '../generate/workload.ts';
import type { WorkloadName } from './store-content.ts';

/** `batch` is rounded down to whole traces. */
export function workloadByName(name: WorkloadName, seed: number, batch: number): Workload {
  return name === 'jaeger'
    ? jaegerWorkload(batch)
    : standardWorkload({ seed, batch, attributes: 12, resourceAttributes: 12 });
}
