/**
 * Many times what the program can take, for minutes: what `overload-flood.test.ts` shows in seconds. Beside the laws of
 * that test, memory must be flat: its peak in the last quarter of the time may not be far above that in the second.
 */
import { printOverload, runOverload } from 'tracewright/testing';
import type { Scenario } from './scenario.ts';

/** Caches of the engine still fill in the first minutes, so a short run says nothing about this. */
const FLAT_AFTER_MS = 180_000;
const GROWTH_MAX = 1.25;

export const overloadScenario: Scenario = {
  name: 'overload',
  summary:
    'ten times what it can take: protocol words, flat memory, questions served, nothing lost, recovery',
  options: { duration: { kind: 'duration', fallback: '5m', summary: 'how long the load lasts' } },
  run: async ({ options, signal, say }) => {
    const durationMs = options['duration'] ?? 0;
    const found = await runOverload({ durationMs, signal, say });
    const { earlyBytes, lateBytes } = found.memory;
    const grown = durationMs >= FLAT_AFTER_MS && lateBytes > earlyBytes * GROWTH_MAX;
    const growth = `memory is not flat: ${earlyBytes} bytes in the second quarter, ${lateBytes} in the last`;
    return { figures: printOverload(found), failures: [...found.faults, ...(grown ? [growth] : [])] };
  },
};
