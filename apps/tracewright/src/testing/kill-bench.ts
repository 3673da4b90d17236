/**
 * KillBench: the real program under numbered load, killed at named steps and at random and started again, and the
 * account of it: of each round what was acknowledged, what of it is stored, and what is there twice.
 *
 * Whoever dies here is not helped: the server is started again as a service manager would, workers and engine are the
 * server's own matter.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAILPOINT_VARIABLE } from '@tracewright/std';
import { inventedRows, type NumberedLoad, startNumberedLoad, tallyStored } from './numbered-load.ts';
import { childrenOf, RunningServer } from './running-server.ts';
import { storedNumbers } from './stored-rows.ts';

/** What dies. A worker is a thread of the server; the engine is its child. */
export type Victim = 'server' | 'worker' | 'engine';

export type KillOrder = {
  readonly step: string;
  readonly victim: Victim;
  /** So much after the step. */
  readonly delayMs?: number;
  /** What leads to the step, where load alone does not. */
  readonly after?: 'engine killed' | 'server killed' | 'server told to stop';
};

export type KillRow = {
  readonly step: string;
  readonly hits: number;
  readonly acknowledged: number;
  readonly found: number;
  readonly doubles: number;
  /** From the order of the death until requests are acknowledged and the store is ready. */
  readonly tookMs: number;
};

export type KillReport = {
  readonly rows: readonly KillRow[];
  readonly acknowledged: number;
  readonly unknown: number;
  /** Everything that does not hold, a sentence each. */
  readonly faults: readonly string[];
};

type Round = {
  readonly step: string;
  tookMs: number;
  readonly acknowledgedBefore: number;
  readonly unknownBefore: number;
};

export type KillBenchOptions = {
  readonly flags?: readonly string[];
  readonly senders?: number;
  readonly pauseMs?: number;
};

const HIT_DEADLINE_MS = 30_000;
const FAULTS_SHOWN = 40;
/** What a data folder holds when all is stored and the program has ended. */
const AT_REST: ReadonlySet<string> = new Set([
  'engine',
  'wal',
  'quarantine',
  'segment-floor',
  'reserve',
  'schema-version',
]);

export class KillBench {
  readonly server: RunningServer;
  readonly #load: NumberedLoad;
  readonly #orders: string = mkdtempSync(join(tmpdir(), 'tracewright-failpoints-'));
  readonly #rounds: Round[] = [];

  private constructor(server: RunningServer, { pauseMs = 4, senders = 4 }: KillBenchOptions) {
    this.server = server;
    server.env = { [FAILPOINT_VARIABLE]: this.#orders };
    this.#load = startNumberedLoad(server, senders, ['traces', 'traces', 'logs'], {
      transports: ['http', 'grpc'],
      pauseMs,
    });
  }

  static async start(options: KillBenchOptions = {}): Promise<KillBench> {
    const bench = new KillBench(await RunningServer.reserve(options.flags ?? []), options);
    try {
      await bench.#revive();
    } catch (error) {
      await bench[Symbol.asyncDispose]();
      throw error;
    }
    return bench;
  }

  /**
   * Orders a death, sees it happen, and waits until requests are acknowledged again. Then the store is there, too, unless
   * the step comes before it.
   */
  async killAt({ after, delayMs, step, victim }: KillOrder): Promise<void> {
    this.#begin(delayMs === undefined ? `${victim} at ${step}` : `${victim} ${delayMs} ms after ${step}`);
    if (after === 'server killed') await this.server.kill();
    const path = join(this.#orders, step);
    const order = {
      ...(delayMs === undefined ? {} : { delayMs }),
      ...(victim === 'worker' ? { thread: true } : {}),
    };
    writeFileSync(path, JSON.stringify(order));
    const [engine] = this.server.childPids();
    if (after === 'engine killed') for (const pid of this.server.childPids()) killIfThere(pid);
    if (after === 'server told to stop') await this.server.stop();
    await this.#until(`${step} is reached`, () => !existsSync(path));
    if (victim === 'server') await this.#until('the server has ended', () => this.server.hasEnded, false);
    if (victim === 'engine' && after === undefined)
      await this.#until('the engine has ended', () => !this.server.childPids().includes(engine ?? 0), false);
    await this.#revive(!step.startsWith('wal.'));
    this.#end();
  }

  /** Kills whoever runs now, at any step. */
  async killNow(victims: readonly ('server' | 'engine')[]): Promise<void> {
    this.#begin(`${victims.join(' and ')} at random`);
    const engines = childrenOf(this.server.pid);
    if (victims.includes('engine')) for (const pid of engines) killIfThere(pid);
    if (victims.includes('server')) await this.server.kill();
    await this.#revive();
    this.#end();
  }

  /** Ends load and server, and looks at what is stored and what is left. */
  async report(): Promise<KillReport> {
    await this.#load.stop();
    const { accounts, wal } = await this.server.settled();
    const faults: string[] = this.#load.refused.map((words) => `A sender was told: ${words}`);
    for (const [signal, of] of Object.entries({ spans: accounts.spans, logs: accounts.logs })) {
      if (of.received !== of.accepted + of.rejected)
        faults.push(`${signal}: received is not accepted and rejected`);
      if (of.accepted !== of.stored + of.sampledOut + of.quarantined + of.inFlight)
        faults.push(`${signal}: accepted is not what became of it: ${JSON.stringify(of)}`);
      if (of.quarantined !== 0) faults.push(`${of.quarantined} ${signal} are in quarantine`);
    }
    for (const { reason, segment } of wal.quarantined)
      faults.push(`Segment ${segment} is in quarantine: ${reason}`);
    const code = await this.server.stop();
    if (code !== 0) faults.push(`The server ended with ${code}`);
    faults.push(...leftovers(this.server.dataPath));

    const stored = await storedNumbers(this.server.dataPath);
    const { acknowledged, unknown } = this.#load;
    faults.push(...inventedRows(this.#load, stored).map((id) => `${id} was never sent`));
    const byStep = new Map<string, KillRow>();
    for (const [at, round] of this.#rounds.entries()) {
      const next = this.#rounds[at + 1];
      const tally = tallyStored(
        acknowledged.slice(at === 0 ? 0 : round.acknowledgedBefore, next?.acknowledgedBefore),
        unknown.slice(at === 0 ? 0 : round.unknownBefore, next?.unknownBefore),
        stored,
      );
      const row = byStep.get(round.step);
      byStep.set(round.step, {
        step: round.step,
        hits: (row?.hits ?? 0) + 1,
        acknowledged: (row?.acknowledged ?? 0) + tally.acknowledged,
        found: (row?.found ?? 0) + tally.found,
        doubles: (row?.doubles ?? 0) + tally.doubles,
        tookMs: (row?.tookMs ?? 0) + round.tookMs,
      });
      faults.push(...tally.faults.map((fault) => `${round.step}: ${fault}`));
    }
    return { rows: [...byStep.values()], acknowledged: acknowledged.length, unknown: unknown.length, faults };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#load.stop();
    await this.server.dispose();
    rmSync(this.#orders, { recursive: true, force: true });
  }

  #begin(step: string): void {
    const { acknowledged, unknown } = this.#load;
    this.#rounds.push({
      step,
      tookMs: -performance.now(),
      acknowledgedBefore: acknowledged.length,
      unknownBefore: unknown.length,
    });
  }

  #end(): void {
    const round = this.#rounds.at(-1);
    if (round !== undefined) round.tookMs += performance.now();
  }

  async #revive(withStore = true): Promise<void> {
    const before = this.#load.acknowledged.length;
    await this.server.until('requests are acknowledged and the store is ready', async () => {
      if (this.server.hasEnded || this.server.pid < 0) this.server.launch();
      if (this.#load.acknowledged.length === before) return false;
      return !withStore || (await this.server.status())?.ready === true;
    });
  }

  /** Looks often, because the step itself is over in no time; starts the server again where that leads to the step. */
  async #until(what: string, isSo: () => boolean, relaunch = true): Promise<void> {
    const deadline = performance.now() + HIT_DEADLINE_MS;
    let polls = 0;
    while (!isSo()) {
      if (performance.now() > deadline)
        throw new Error(`Waited in vain until ${what}; the server said:\n${this.server.log}`);
      if (relaunch && this.server.hasEnded) this.server.launch();
      // Questions are what leads to steps of reading.
      if (relaunch && polls++ % 10 === 0) void this.server.status();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** A table for people, and the faults below it. */
export function printKillReport({ acknowledged, faults, rows, unknown }: KillReport): string {
  const width = Math.max(4, ...rows.map(({ step }) => step.length));
  const line = (step: string, ...cells: readonly (string | number)[]): string =>
    step.padEnd(width) + cells.map((cell) => String(cell).padStart(14)).join('');
  return [
    line('step', 'hits', 'acknowledged', 'found', 'doubles', 'ms a kill'),
    ...rows.map((row) =>
      line(row.step, row.hits, row.acknowledged, row.found, row.doubles, Math.round(row.tookMs / row.hits)),
    ),
    `${acknowledged} requests acknowledged, ${unknown} of unknown fate, ${faults.length} faults`,
    ...faults.slice(0, FAULTS_SHOWN),
  ].join('\n');
}

/** What should not lie in the folder of a server that has stored all and ended. */
function leftovers(dataPath: string): string[] {
  const names = readdirSync(dataPath).filter((name) => !AT_REST.has(name));
  const inside = ['wal', 'quarantine'].flatMap((room) =>
    readdirSync(join(dataPath, room)).map((name) => `${room}/${name}`),
  );
  const parts = readdirSync(join(dataPath, 'engine', 'store'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => /(^|\/)(tmp|delete_tmp)_[^/]+$/.test(path),
  );
  return [...names, ...inside, ...parts].map((name) => `${name} is left in the data folder`);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was gone before.
  }
}
