/** Looks several times a second at what the program's processes hold in memory, while a test gives it a hard time. */
import { type RunningServer, residentBytes } from './running-server.ts';

export type MemoryPeaks = {
  /** The main process with its threads, in bytes. */
  readonly mainBytes: number;
  readonly engineBytes: number;
  readonly sumBytes: number;
  /** Peaks of the sum in the second and in the last quarter of the watch: flat means that these are alike. */
  readonly earlyBytes: number;
  readonly lateBytes: number;
};

export type MemoryWatch = Disposable & {
  now(): { readonly mainBytes: number; readonly engineBytes: number };
  stop(): MemoryPeaks;
};

const INTERVAL_MS = 200;

export function watchMemory(server: RunningServer): MemoryWatch {
  const sums: number[] = [];
  let mainBytes = 0;
  let engineBytes = 0;
  let now = { mainBytes, engineBytes };
  const look = (): void => {
    const main = residentBytes(server.pid);
    const engine = server.childPids().reduce((sum, pid) => sum + residentBytes(pid), 0);
    mainBytes = Math.max(mainBytes, main);
    engineBytes = Math.max(engineBytes, engine);
    sums.push(main + engine);
    now = { mainBytes: main, engineBytes: engine };
  };
  look();
  const timer = setInterval(look, INTERVAL_MS);
  return {
    now: () => now,
    stop: () => {
      clearInterval(timer);
      const quarter = Math.floor(sums.length / 4);
      return {
        mainBytes,
        engineBytes,
        sumBytes: Math.max(...sums),
        earlyBytes: Math.max(...sums.slice(quarter, quarter * 2), 0),
        lateBytes: Math.max(...sums.slice(quarter * 3)),
      };
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
