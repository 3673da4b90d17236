/**
 * StartFront: a front as a child process, for tests: on a port that stays the same when it is killed and
 * started again.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Fault } from './front-faults.ts';

export type { Fault } from './front-faults.ts';

export type FrontOptions = {
  readonly data: string;
  readonly user?: string;
  readonly password?: string;
  readonly exceptions?: 'tagged' | 'plain';
  readonly version?: string;
};

const START_MS = 60_000;

export class Front {
  readonly url: string;
  readonly #options: FrontOptions;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(options: FrontOptions, port: number) {
    this.#options = options;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(options: FrontOptions): Promise<Front> {
    const front = new Front(options, await freePort());
    await front.start();
    return front;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    if (this.#isRunning()) return;
    const { data, user = 'default', password = '', exceptions = 'tagged', version = '' } = this.#options;
    const entry = fileURLToPath(new URL('./main.ts', import.meta.url));
    const flags = { data, port: String(this.#port), user, password, exceptions, version };
    const child = spawn(
      process.execPath,
      [entry, ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)],
      { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, UV_THREADPOOL_SIZE: '10' } },
    );
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('The front does not start')), START_MS);
      child.once('exit', (code) => reject(new Error(`The front ended with code ${code}`)));
      child.stdout?.once('data', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Kills the process with everything that runs in it; resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.#isRunning()) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Resolves when the process has ended by itself, as an injected death makes it. */
  async died(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.#isRunning()) return;
    await new Promise((resolve) => child.once('exit', resolve));
  }

  #isRunning(): boolean {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  async inject(fault: Fault): Promise<void> {
    await fetch(`${this.url}/fault`, { method: 'POST', body: JSON.stringify(fault) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
