/** Asks the server again and again whether it is alive, while a test gives it a hard time. */
import type { RunningServer } from './running-server.ts';

export type LiveWatch = AsyncDisposable & {
  /** Ends the watch; gives how often it asked, how often in vain, and the longest time an answer took. */
  stop(): Promise<{ readonly asked: number; readonly failed: number; readonly slowestMs: number }>;
};

const PAUSE_MS = 20;
const TIMEOUT_MS = 30_000;

export function watchLive(server: RunningServer): LiveWatch {
  let stopping = false;
  let asked = 0;
  let failed = 0;
  let slowestMs = 0;
  const watching = (async () => {
    while (!stopping) {
      const began = performance.now();
      asked++;
      try {
        const answer = await fetch(server.url('health', '/live'), {
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        await answer.arrayBuffer();
        if (answer.status !== 200) failed++;
      } catch {
        failed++;
      }
      slowestMs = Math.max(slowestMs, performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  return {
    async stop() {
      stopping = true;
      await watching;
      return { asked, failed, slowestMs: Math.round(slowestMs) };
    },
    async [Symbol.asyncDispose]() {
      stopping = true;
      await watching;
    },
  };
}
