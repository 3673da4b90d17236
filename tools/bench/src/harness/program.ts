// The program under measurement: started from this repository on free ports with a data folder of its own, watched
// over its whole process tree, stopped in order and cleaned up whatever happened.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchFailure } from './bench-failure.ts';
import { freePorts } from './free-ports.ts';
import { forgetFolder, forgetGroup, killGroup, registerFolder, registerGroup } from './leftovers.ts';
import { type TreeUse, useOfTree } from './process-tree.ts';

export const REPOSITORY: string = join(import.meta.dirname, '..', '..', '..', '..');

export type ProgramOptions = {
  /** Settings beyond ports and data folder, as `--key value` pairs. */
  readonly settings: readonly string[];
  /** Where CPU profiles of all its processes are written, if at all. */
  readonly profileFolder: string | undefined;
  /** A folder to use again; without one a new folder is made and deleted with the program. */
  readonly dataFolder?: string;
  readonly signal: AbortSignal;
};

const STOP_PATIENCE_MS = 60_000;
const READY_PATIENCE_MS = 60_000;

export class Program implements AsyncDisposable {
  readonly dataFolder: string;
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
  readonly api: string;
  readonly health: string;
  readonly metrics: string;
  readonly startedMs: number = performance.now();
  readonly #child: ChildProcess;
  readonly #ownsFolder: boolean;
  readonly #logFile: string;
  readonly #exited: Promise<void>;
  #hasExited = false;

  /** Starts the program and returns at once; `ready` waits. */
  static async start(options: ProgramOptions): Promise<Program> {
    options.signal.throwIfAborted();
    return new Program(options, await freePorts(5));
  }

  private constructor(options: ProgramOptions, ports: readonly number[]) {
    const [http = 0, grpc = 0, api = 0, health = 0, metrics = 0] = ports;
    this.#ownsFolder = options.dataFolder === undefined;
    this.dataFolder = options.dataFolder ?? makeFolder('data');
    const logFolder = makeFolder('log');
    this.#logFile = join(logFolder, 'log');
    const address = (port: number): string => `http://127.0.0.1:${port}`;
    this.otlpHttp = address(http);
    this.otlpGrpc = address(grpc);
    this.api = address(api);
    this.health = address(health);
    this.metrics = address(metrics);
    const log = openSync(this.#logFile, 'a');
    const profile = options.profileFolder;
    this.#child = spawn(
      process.execPath,
      [
        join(REPOSITORY, 'apps', 'tracewright', 'bin', 'tracewright.mjs'),
        'serve',
        ...['--data', this.dataFolder],
        ...['--receivers.otlp.http.port', String(http)],
        ...['--receivers.otlp.grpc.port', String(grpc)],
        ...['--api.port', String(api)],
        ...['--health.port', String(health)],
        ...['--metrics.port', String(metrics)],
        ...options.settings,
      ],
      {
        // A group of its own: Ctrl-C reaches the bench alone, and the whole tree can be killed at once.
        detached: true,
        stdio: ['ignore', log, log],
        env: {
          ...process.env,
          ...(profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` }),
        },
      },
    );
    closeSync(log);
    if (this.#child.pid !== undefined) registerGroup(this.#child.pid);
    registerFolder(logFolder);
    this.#exited = new Promise((resolve) => {
      const done = (): void => {
        this.#hasExited = true;
        resolve();
      };
      this.#child.once('exit', done);
      this.#child.once('error', done);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** What all processes of the program have used so far. */
  use(): TreeUse {
    return useOfTree(this.pid);
  }

  /** The last lines the program wrote. */
  logTail(lines = 30): string {
    try {
      return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    } catch {
      return '';
    }
  }

  /** Waits until `attempt` answers something else than undefined; fails when the program ends or time runs out. */
  async until<T>(
    what: string,
    attempt: () => Promise<T | undefined>,
    signal: AbortSignal,
    patienceMs: number = READY_PATIENCE_MS,
    pauseMs = 20,
  ): Promise<T> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      signal.throwIfAborted();
      const answer = await attempt().catch(() => undefined);
      if (answer !== undefined) return answer;
      if (this.#hasExited) throw new BenchFailure(`The program ended before ${what}:\n${this.logTail()}`);
      if (performance.now() > deadline) {
        throw new BenchFailure(`No ${what} within ${patienceMs / 1_000} s:\n${this.logTail()}`);
      }
      await sleep(pauseMs);
    }
  }

  /** Waits until the health port says that the program can take and show data. */
  async ready(signal: AbortSignal): Promise<void> {
    await this.until(
      'readiness',
      async () => {
        const response = await fetch(`${this.health}/ready`, { signal: AbortSignal.timeout(2_000) });
        await response.arrayBuffer();
        return response.ok ? true : undefined;
      },
      signal,
    );
  }

  /** Asks the program to stop and waits; what does not stop in time is killed, and that is a failure. */
  async stop(): Promise<void> {
    if (!this.#hasExited) this.#child.kill('SIGTERM');
    const timer = setTimeout(() => killGroup(this.pid), STOP_PATIENCE_MS);
    await this.#exited;
    clearTimeout(timer);
    forgetGroup(this.pid);
    if (this.#child.signalCode === 'SIGKILL') {
      throw new BenchFailure(
        `The program did not stop within ${STOP_PATIENCE_MS / 1_000} s:\n${this.logTail()}`,
      );
    }
  }

  /** Ends all processes of the program at once, as a crash would. */
  async kill(): Promise<void> {
    killGroup(this.pid);
    await this.#exited;
    forgetGroup(this.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasExited) {
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => killGroup(this.pid), 10_000);
      await this.#exited;
      clearTimeout(timer);
    }
    killGroup(this.pid);
    forgetGroup(this.pid);
    const folders = [join(this.#logFile, '..'), ...(this.#ownsFolder ? [this.dataFolder] : [])];
    for (const folder of folders) await removeFolder(folder);
  }
}

/** A new folder that is deleted at the latest when the bench ends. */
export function makeFolder(what: string): string {
  const folder = mkdtempSync(join(tmpdir(), `tracewright-bench-${what}-`));
  registerFolder(folder);
  return folder;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  forgetFolder(folder);
}
