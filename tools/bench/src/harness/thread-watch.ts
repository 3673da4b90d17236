// Which threads of a process tree the CPU time goes to, by the names they give themselves. The engine is native code,
// which a JavaScript profile does not show; but its merges, its queries and its clean-up run in threads of different
// names. A pool renames its threads for each job, so the time between two looks goes to the name seen last at work.

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TreeUse } from './process-tree.ts';

const SAMPLE_INTERVAL_MS = 50;
/** What threads of the engine are called between two jobs. */
const IDLE_NAMES: ReadonlySet<string> = new Set(['ThreadPool', 'Unknown']);
/** Linux counts a thread's time in hundredths of a second on all usual machines. */
const TICKS_PER_SECOND = 100;

export type ThreadTime = {
  /** The server's or that of a process it started, in the order of their start. */
  readonly process: string;
  readonly thread: string;
  readonly cpuSeconds: number;
};

export type ThreadWatch = Disposable & { readonly stop: () => Promise<readonly ThreadTime[]> };

/** Adds up what is seen of threads; each look tells name and ticks so far. */
export class ThreadAccount {
  readonly #last = new Map<string, { ticks: number; name: string }>();
  readonly #ticks = new Map<string, number>();

  look(process: string, thread: string, name: string, ticks: number): void {
    const key = `${process}\n${thread}`;
    const before = this.#last.get(key);
    const worker = IDLE_NAMES.has(name) && before !== undefined ? before.name : name;
    const spent = ticks - (before?.ticks ?? ticks);
    this.#last.set(key, { ticks, name: worker });
    const row = `${process}\n${worker}`;
    this.#ticks.set(row, (this.#ticks.get(row) ?? 0) + spent);
  }

  times(): readonly ThreadTime[] {
    return [...this.#ticks]
      .map(([row, ticks]) => {
        const [process = '', thread = ''] = row.split('\n');
        return { process, thread, cpuSeconds: ticks / TICKS_PER_SECOND };
      })
      .filter(({ cpuSeconds }) => cpuSeconds > 0)
      .sort((left, right) => right.cpuSeconds - left.cpuSeconds);
  }
}

/** Watches until it is stopped; says nothing on systems without /proc. */
export function watchThreads(use: () => TreeUse): ThreadWatch {
  const ended = new AbortController();
  const account = new ThreadAccount();
  const watching = (async () => {
    if (process.platform !== 'linux') return;
    let pids = use().processes.map(({ pid }) => pid);
    for (let number = 0; !ended.signal.aborted; number++) {
      // A process that is started meanwhile is found within a second.
      if (number % 20 === 19) pids = use().processes.map(({ pid }) => pid);
      for (const [index, pid] of pids.entries())
        lookAt(account, index === 0 ? 'server' : `engine ${index}`, pid);
      await sleep(SAMPLE_INTERVAL_MS, undefined, { signal: ended.signal }).catch(() => {});
    }
  })();
  return {
    [Symbol.dispose]: () => ended.abort(),
    stop: async () => {
      ended.abort();
      await watching;
      return account.times();
    },
  };
}

function lookAt(account: ThreadAccount, process: string, pid: number): void {
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const seen = parseThread(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'));
      if (seen !== undefined) account.look(process, thread, seen.name, seen.ticks);
    }
  } catch {
    // A thread or the whole process has ended between listing and reading.
  }
}

/** Name and user and system ticks in /proc/PID/task/TID/stat. */
export function parseThread(stat: string): { readonly name: string; readonly ticks: number } | undefined {
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  if (open < 0 || close < 0) return undefined;
  const fields = stat.slice(close + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isNaN(ticks) ? undefined : { name: stat.slice(open + 1, close), ticks };
}
