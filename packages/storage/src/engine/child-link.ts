/**
 * ChildLink: one life of the engine's process, from its spawn to its end, and the pipe to it.
 *
 * What it sends comes as messages, what it prints as lines; `onGone` is called once, after the pipe has been
 * read to its end, so that no answer that was sent is lost.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type ChildMessage, encodeFrame, FrameReader, type ParentMessage } from './frame.ts';

export type ChildLinkOptions = {
  readonly entry: URL;
  readonly folder: string;
  /** Statements that may run at the same time: each takes a thread of the child's pool. */
  readonly sessions: number;
  /** Further variables of its environment, which nobody else sees. */
  readonly environment: Readonly<Record<string, string>>;
  readonly onMessage: (message: ChildMessage, body: Uint8Array) => void;
  readonly onLine: (line: string) => void;
  readonly onGone: (how: string) => void;
};

const LINE_CHARS_MAX = 4096;
/** Threads of the child's pool beyond those that run statements. */
const THREADS_SPARE = 2;

export class ChildLink {
  readonly #child: ChildProcess;
  readonly #pipe: Duplex;
  #isGone = false;

  constructor(options: ChildLinkOptions) {
    this.#child = spawn(process.execPath, [fileURLToPath(options.entry)], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      // A config.xml in the current folder would be taken for the engine's own.
      cwd: options.folder,
      env: {
        ...process.env,
        ...options.environment,
        UV_THREADPOOL_SIZE: String(options.sessions + THREADS_SPARE),
        NODE_OPTIONS: '',
      },
    });
    this.#pipe = this.#child.stdio[3] as Duplex;
    const reader = new FrameReader<ChildMessage>(options.onMessage);
    this.#pipe.on('data', (chunk: Uint8Array) => reader.push(chunk));
    this.#pipe.on('error', () => this.kill());
    this.#readLines(options.onLine);
    const gone = (how: string): void => {
      if (this.#isGone) return;
      this.#isGone = true;
      options.onGone(how);
    };
    this.#child.once('error', (cause) => {
      options.onLine(cause.message);
      if (this.#child.pid === undefined) gone('could not be started');
    });
    this.#child.once('close', (code, signal) => gone(`ended with ${signal ?? `code ${code}`}`));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ParentMessage): void {
    if (this.#pipe.destroyed) return;
    for (const chunk of encodeFrame(message)) this.#pipe.write(chunk);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #readLines(onLine: (line: string) => void): void {
    let rest = '';
    this.#child.stderr?.setEncoding('utf8');
    this.#child.stderr?.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(-LINE_CHARS_MAX);
      for (const line of lines) if (line.trim() !== '') onLine(line);
    });
  }
}
