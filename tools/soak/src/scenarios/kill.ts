/**
 * Kills the server, its workers and its engine under load over HTTP and gRPC, in turn at each named step and at random,
 * and looks afterwards for every row: each acknowledged one there once, none invented, nothing left over.
 */
import {
  ENGINE_KILLS,
  KillBench,
  type KillOrder,
  printKillReport,
  SERVER_KILLS,
  WORKER_KILLS,
} from 'tracewright/testing';
import type { Scenario, SoakContext, SoakResult } from './scenario.ts';

const ORDERS: readonly KillOrder[] = [...SERVER_KILLS, ...WORKER_KILLS, ...ENGINE_KILLS];
/** One round in so many kills at random. */
const RANDOM_EVERY = 2;
const VICTIMS = [['server'], ['engine'], ['server', 'engine']] as const;
const PAUSE_MS_MAX = 1_500;

export const killScenario: Scenario = {
  name: 'kill',
  summary: 'server, workers and engine are killed at named steps and at random: every row stored once',
  options: {
    rounds: { kind: 'count', summary: 'deaths', fallback: '100' },
    first: { kind: 'count', summary: 'the step to begin with, by its place in the table', fallback: '0' },
    senders: { kind: 'count', summary: 'senders, half of them over gRPC', fallback: '4' },
    sync: { kind: 'count', summary: '1 for wal.sync group', fallback: '0' },
  },
  run,
};

async function run({ options, say, seed, signal }: SoakContext): Promise<SoakResult> {
  const { first = 0, rounds = 100, senders = 4, sync = 0 } = options;
  const random = seeded(seed);
  const flags = sync === 0 ? [] : ['--wal.sync', 'group'];
  await using bench = await KillBench.start({ flags, senders });
  let step = first;
  for (let round = 0; round < rounds && !signal.aborted; round++) {
    await new Promise((resolve) => setTimeout(resolve, random(PAUSE_MS_MAX)));
    const order = ORDERS[step % ORDERS.length];
    if (order === undefined || round % RANDOM_EVERY === 1) {
      const victims = VICTIMS[random(VICTIMS.length)] ?? VICTIMS[0];
      say(`round ${round + 1}: ${victims.join(' and ')}`);
      await bench.killNow(victims);
    } else {
      say(`round ${round + 1}: ${order.victim} at ${order.step}`);
      step++;
      await bench.killAt(order);
    }
  }
  const report = await bench.report();
  for (const line of printKillReport(report).split('\n')) say(line);
  const sum = (of: (row: (typeof report.rows)[number]) => number): number =>
    report.rows.reduce((total, row) => total + of(row), 0);
  return {
    figures: [
      { label: 'deaths', value: String(sum(({ hits }) => hits)) },
      { label: 'different deaths', value: String(report.rows.length) },
      { label: 'rows acknowledged', value: String(sum(({ acknowledged }) => acknowledged)) },
      { label: 'of these stored', value: String(sum(({ found }) => found)) },
      { label: 'rows stored more than once', value: String(sum(({ doubles }) => doubles)) },
      { label: 'requests without an answer', value: String(report.unknown) },
    ],
    failures: report.faults,
  };
}

/** A whole number below the limit, the same ones for the same seed. */
function seeded(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
