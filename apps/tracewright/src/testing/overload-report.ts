/** What an overload showed, as lines for people. */
import type { OverloadFound } from './overload-run.ts';
import type { ProbeTimes } from './query-probes.ts';

const MIB: number = 1024 * 1024;

export function printOverload(found: OverloadFound): { readonly label: string; readonly value: string }[] {
  const { queries, modest, memory, live, refused } = found;
  const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
  return [
    { label: 'offered', value: `${found.offeredPerSecond.toLocaleString('en-US')} spans/s` },
    { label: 'accepted', value: `${found.acceptedPerSecond.toLocaleString('en-US')} spans/s` },
    { label: 'refused requests', value: `${refused.http} with 503, ${refused.grpc} with UNAVAILABLE` },
    { label: 'trace by id', value: printTimes(queries.id) },
    { label: 'search', value: printTimes(queries.search) },
    { label: 'scan', value: printTimes(queries.scan) },
    { label: '/live', value: `${live.asked} asked, slowest ${live.slowestMs} ms` },
    { label: 'modest sender', value: `${printTimes(modest)}, ${modest.refused} told to come again` },
    {
      label: 'memory, peak',
      value: `main ${mib(memory.mainBytes)}, engine ${mib(memory.engineBytes)}, together ${mib(memory.sumBytes)}`,
    },
    {
      label: 'memory, second and last quarter',
      value: `${mib(memory.earlyBytes)}, ${mib(memory.lateBytes)}`,
    },
    { label: 'served again after', value: `${found.servedAfterMs} ms` },
    { label: 'all stored and found after', value: `${found.recoveredAfterMs} ms` },
    { label: 'rows stored exactly once', value: found.rows.toLocaleString('en-US') },
  ];
}

function printTimes({ asked, p50Ms, p99Ms, maxMs }: ProbeTimes): string {
  return `${asked} answered, p50 ${p50Ms} ms, p99 ${p99Ms} ms, slowest ${maxMs} ms`;
}
