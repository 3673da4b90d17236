/**
 * RunningServer: the real program in a process of its own, on free ports and in a temporary folder, for tests
 * that send to it, ask it, and kill it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StatusReport } from '@tracewright/api';

const PROGRAM = fileURLToPath(new URL('../main.ts', import.meta.url));
const READY_DEADLINE_MS = 60_000;

export const LISTENERS = ['receivers.otlp.grpc', 'receivers.otlp.http', 'api', 'health', 'metrics'] as const;
export type ListenerKey = (typeof LISTENERS)[number];

/** Where and how the program runs, when not in a temporary folder and by itself. */
export type ServerPlace = {
  /** As the program sees it; whoever gives it removes it. */
  readonly dataPath: string;
  /** What the program is started with, such as another program that makes its surroundings. */
  readonly prefix?: readonly string[];
};

export class RunningServer {
  readonly dataPath: string;
  readonly #place: ServerPlace | undefined;
  /** What the program wrote to stderr, over all its lives. */
  log = '';
  /** Variables of the program from the next start on. */
  env: Readonly<Record<string, string>> = {};
  readonly #ports: Map<ListenerKey, number> = new Map();
  #flags: readonly string[];
  readonly #token: string | undefined;
  #child: ChildProcess | undefined;

  private constructor(flags: readonly string[], token: string | undefined, place: ServerPlace | undefined) {
    this.dataPath = place?.dataPath ?? mkdtempSync(join(tmpdir(), 'tracewright-server-'));
    this.#place = place;
    this.#flags = flags;
    this.#token = token;
  }

  /** `token` is what the status is asked with. */
  static async start(
    flags: readonly string[] = [],
    token?: string,
    place?: ServerPlace,
  ): Promise<RunningServer> {
    const server = await RunningServer.reserve(flags, token, place);
    try {
      await server.restart();
    } catch (error) {
      await server.dispose();
      throw error;
    }
    return server;
  }

  /** Folder and ports of a server that is not started yet. */
  static async reserve(
    flags: readonly string[] = [],
    token?: string,
    place?: ServerPlace,
  ): Promise<RunningServer> {
    const server = new RunningServer(flags, token, place);
    for (const key of LISTENERS) {
      let port = await freePort();
      // One that was let go of is free again, and may come back.
      while ([...server.#ports.values()].includes(port)) port = await freePort();
      server.#ports.set(key, port);
    }
    return server;
  }

  /** Starts the program on the same folder and ports, and waits until it is ready. */
  async restart(): Promise<void> {
    const child = this.launch();
    await this.until('ready', async () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`The server ended with ${child.signalCode ?? child.exitCode}:\n${this.log}`);
      const status = await this.status();
      return status?.ready === true;
    });
  }

  /** Starts the program and waits for nothing. */
  launch(): ChildProcess {
    const ports = [...this.#ports].flatMap(([key, port]) => [`--${key}.port`, String(port)]);
    const args = [PROGRAM, 'serve', '--data', this.dataPath, ...ports, ...this.#flags];
    const [program = '', ...rest] = [...(this.#place?.prefix ?? []), process.execPath, ...args];
    const child = spawn(program, rest, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...withoutSettings(process.env), NODE_OPTIONS: '', ...this.env },
    });
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log += text;
    });
    return child;
  }

  url(key: ListenerKey, path: string = ''): string {
    return `http://127.0.0.1:${this.#ports.get(key)}${path}`;
  }

  api(path: string): string {
    return this.url('api', `/api/tracewright/v1${path}`);
  }

  port(key: ListenerKey): number {
    return this.#ports.get(key) ?? 0;
  }

  /** From the next start on. */
  setPort(key: ListenerKey, port: number): void {
    this.#ports.set(key, port);
  }

  /** From the next start on. */
  setFlags(flags: readonly string[]): void {
    this.#flags = flags;
  }

  /** Whether a program that was started is there no more. */
  get hasEnded(): boolean {
    const child = this.#child;
    return child !== undefined && (child.exitCode !== null || child.signalCode !== null);
  }

  /** Sends a signal and waits for nothing. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Resolves when the program has ended, with its exit code. */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null)
      await once(child, 'exit');
    return child?.exitCode ?? null;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  /** The processes that the program started: the engine. */
  childPids(): readonly number[] {
    return childrenOf(this.pid);
  }

  /** undefined while it cannot be asked. */
  async status(): Promise<StatusReport | undefined> {
    try {
      const answer = await fetch(this.api('/status'), {
        headers: this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` },
        signal: AbortSignal.timeout(5_000),
      });
      return answer.ok ? ((await answer.json()) as StatusReport) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Waits until all that was acknowledged is stored or set aside. */
  async settled(): Promise<StatusReport> {
    let last: StatusReport | undefined;
    await this.until('settled', async () => {
      last = await this.status();
      return (
        last?.accounts.spans.inFlight === 0 &&
        last.accounts.logs.inFlight === 0 &&
        last.wal.segmentsOpen === 0
      );
    });
    return last as StatusReport;
  }

  async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + READY_DEADLINE_MS;
    while (!(await condition())) {
      if (Date.now() > deadline)
        throw new Error(`Waited in vain until ${what}; the server said:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Ends the program as a power switch would, and with it nothing else. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends the program as an operator would; gives its exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async dispose(): Promise<void> {
    const engines = this.childPids();
    await this.#end('SIGKILL');
    // The engine sees its parent go and ends by itself; the folder can only be removed afterwards.
    await this.until('the engine is gone', async () => engines.every((pid) => !isAlive(pid)));
    if (this.#place === undefined) rmSync(this.dataPath, { recursive: true, force: true, maxRetries: 5 });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  }
}

export type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the program with these arguments, perhaps as another user, until it ends by itself, or by `stop`. */
export function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  user: { readonly uid?: number; readonly gid?: number; readonly prefix?: readonly string[] } = {},
): { readonly ended: Promise<Run>; stop(): Promise<Run> } {
  const { prefix = [], ...ids } = user;
  const [program = '', ...rest] = [...prefix, process.execPath, PROGRAM, ...args];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...withoutSettings(process.env), NODE_OPTIONS: '', ...env },
    timeout: READY_DEADLINE_MS,
    ...ids,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  return {
    ended,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function childrenOf(pid: number): readonly number[] {
  if (process.platform !== 'linux') {
    return execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
  }
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

export function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(TRACEWRIGHT|OTEL)_/.test(name)));
}

/** What a process holds in memory; 0 where the system does not say. */
export function residentBytes(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return pages * 4096;
  } catch {
    return 0;
  }
}
