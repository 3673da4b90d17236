// An engine on a folder, asked in SQL and watched from outside.

import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { BenchFailure } from '../harness/bench-failure.ts';
import { useOfTree } from '../harness/process-tree.ts';
import { settle } from '../harness/settle.ts';
import type { EngineReply, EngineRequest } from './engine-child.ts';

export type SqlAnswer = { readonly text: string; readonly elapsedMs: number };

const MERGE_PATIENCE_MS = 10 * 60_000;
/** An engine that is asked for nothing starts a merge at once or not at all. */
const SETTLE_INTERVAL_MS = 500;

export class MeasuredEngine implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<SqlAnswer>>();
  readonly #exited: Promise<void>;
  #nextId = 1;

  constructor(folder: string, configPath: string) {
    this.#child = fork(join(import.meta.dirname, 'engine-child.ts'), [folder, configPath]);
    this.#child.on('message', (reply: EngineReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (reply.error === undefined) waiting?.resolve(reply);
      else waiting?.reject(new BenchFailure(`The engine refuses: ${reply.error.slice(0, 1_000)}`));
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => {
        for (const waiting of this.#waiting.values()) waiting.reject(new BenchFailure('The engine ended'));
        resolve();
      });
    });
  }

  get cpuSeconds(): number {
    return useOfTree(this.#child.pid ?? 0).cpuSeconds;
  }

  get residentBytes(): number {
    return useOfTree(this.#child.pid ?? 0).residentBytes;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Runs one statement; fails with the engine's own words. Statements of different sessions run at the same time. */
  run(sql: string, format = 'TSVRaw', session = 0): Promise<SqlAnswer> {
    const request: EngineRequest = { id: this.#nextId++, session, sql, format };
    const waiting = Promise.withResolvers<SqlAnswer>();
    this.#waiting.set(request.id, waiting);
    this.#child.send(request);
    return waiting.promise;
  }

  /** The first row's cells. */
  async row(sql: string): Promise<readonly string[]> {
    return (await this.run(sql)).text.split('\n')[0]?.split('\t') ?? [];
  }

  /** Waits until no merge runs and none starts; returns the CPU time at that moment. */
  async settled(signal: AbortSignal): Promise<number> {
    const rest = await settle({
      cpuSeconds: () => this.cpuSeconds,
      inFlight: async () => Number((await this.row('SELECT count() FROM system.merges'))[0]),
      patienceMs: MERGE_PATIENCE_MS,
      intervalMs: SETTLE_INTERVAL_MS,
      signal,
    });
    if (!rest.settled) throw new BenchFailure('Merges did not come to rest');
    return rest.cpuSeconds;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#exited;
    clearTimeout(timer);
  }
}
