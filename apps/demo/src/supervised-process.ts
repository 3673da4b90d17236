// One child process of the shop, from start to end. Its output goes to a log file; it is ready when it has said
// at which address it serves; it is asked to stop, and killed when it does not within a few seconds. Children
// watch the channel to their parent, so that they end even when the parent is killed.

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ParentMessage, ReadyMessage } from './process/messages.ts';

export interface ProcessCommand {
  /** Shown in messages; also the name of the log file. */
  readonly label: string;
  readonly logFile: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How long it may take to end once asked to, before it is killed. */
  readonly stopDeadlineMs?: number;
  /** Kept out of the terminal's process group, so that a Ctrl-C there does not reach it. */
  readonly detached?: boolean;
  readonly program:
    | { readonly kind: 'node'; readonly script: string; readonly imports: readonly string[] }
    | { readonly kind: 'python'; readonly interpreter: string; readonly script: string };
}

export interface SupervisedProcess {
  readonly label: string;
  readonly logFile: string;
  readonly pid: number | undefined;
  /** Where it serves; rejects when it ends or takes too long before that. */
  readonly ready: Promise<string>;
  /** Resolves when the process is gone, with the reason. */
  readonly ended: Promise<string>;
  send(message: ParentMessage): void;
  /** Asks it to finish; resolves when it is gone. */
  stop(): Promise<void>;
  /** Ends it at once, for when there is nothing to finish. */
  kill(): Promise<void>;
}

const readyDeadlineMs = 40_000;
const stopDeadlineDefaultMs = 6_000;

/** Starts a process; see SupervisedProcess for what holds then. */
export function startProcess(command: ProcessCommand): SupervisedProcess {
  const log = openSync(command.logFile, 'a');
  const child = launch(command, log);
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : signal));
  });
  const ready = awaitReady(command, child, ended);
  ready.catch(() => {});
  const send = (message: ParentMessage): void => {
    if (child.connected) child.send(message, () => {});
    else if (child.stdin?.writable === true) child.stdin.write(`${JSON.stringify(message)}\n`);
  };
  child.stdin?.on('error', () => {});
  return {
    label: command.label,
    logFile: command.logFile,
    pid: child.pid,
    ready,
    ended,
    send,
    stop: async () => {
      send({ kind: 'stop' });
      const killer = setTimeout(() => child.kill('SIGKILL'), command.stopDeadlineMs ?? stopDeadlineDefaultMs);
      await ended;
      clearTimeout(killer);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function launch(command: ProcessCommand, log: number): ChildProcess {
  const env = { ...process.env, ...command.environment };
  const { program } = command;
  if (program.kind === 'node') {
    return fork(program.script, [], {
      env,
      detached: command.detached ?? false,
      execArgv: program.imports.flatMap((specifier) => ['--import', specifier]),
      stdio: ['ignore', log, log, 'ipc'],
    });
  }
  return spawn(program.interpreter, [program.script], { env, stdio: ['pipe', 'pipe', log] });
}

function awaitReady(command: ProcessCommand, child: ChildProcess, ended: Promise<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const where = `see ${command.logFile}`;
    const deadline = setTimeout(() => {
      reject(new Error(`${command.label} is not ready after ${readyDeadlineMs / 1000} s; ${where}`));
    }, readyDeadlineMs);
    const settle = (message: ReadyMessage): void => {
      clearTimeout(deadline);
      resolve(message.address);
    };
    child.on('message', settle);
    // A process without the channel says the same in a line of JSON.
    if (child.stdout !== null) createInterface(child.stdout).on('line', (line) => settle(JSON.parse(line)));
    void ended.then((reason) => {
      clearTimeout(deadline);
      reject(new Error(`${command.label} ended before it was ready (${reason}); ${where}`));
    });
  });
}
