/** Maintenance: what operators' commands ask of the running program, put together from the parts that do it. */
import type { Maintenance } from '@tracewright/api';
import { err, failure, ok } from '@tracewright/std';
import { checkPart, type Engine, inspectStore } from '@tracewright/storage';
import type { Snapshots } from './snapshots.ts';

/** `engine` is one that sets nothing aside: a check changes nothing. */
export function maintenanceOf(engine: Engine, snapshots: Snapshots): Maintenance {
  return {
    takeSnapshot: () => snapshots.take(),
    keepSnapshot: (id) => snapshots.keep(id),
    releaseSnapshot: (id) => snapshots.release(id),
    inspectStore: async () => {
      const overview = await inspectStore(engine);
      return overview.ok
        ? ok({ ...overview.value, newestSegment: String(overview.value.newestSegment) })
        : overview;
    },
    // The table becomes a part of a statement as it is.
    checkPart: async (table, part, signal) =>
      /^[a-z_]{1,64}$/.test(table)
        ? checkPart(engine, { database: 'tracewright', table, part }, signal)
        : err(failure('invalid', `There is no table ${JSON.stringify(table)}`)),
  };
}
