/**
 * The engine's own process: opens the embedded ClickHouse on one data folder with a handful of sessions and
 * runs what the supervisor sends over the pipe on descriptor 3.
 *
 * It decides nothing: which session is free, who waits and for how long is the supervisor's matter. It ends
 * at once when the pipe closes, whatever it was doing, because a supervisor that comes back must find the
 * folder free; what was acknowledged before is on disk. Signals that a terminal or a service manager sends
 * to the whole group are the supervisor's to answer.
 */
import fs from 'node:fs';
import { Socket } from 'node:net';
import { armFailpoints, failpoint } from '@tracewright/std';
import { Session } from 'chdb';
import { type ChildMessage, encodeFrame, FrameReader, type ParentMessage } from './frame.ts';

const PIPE_DESCRIPTOR = 3;
const IS_CHECK = /^\s*CHECK\b/i;
/** A statement that was given up at once may not be known to the engine yet, and is killed at a later try. */
const KILL_AGAIN_MS = 50;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

armFailpoints({ process, fs, setTimeout });

const pipe = new Socket({ fd: PIPE_DESCRIPTOR, readable: true, writable: true });
const sessions: Session[] = [];
const running = new Map<number, Promise<void>>();
/** Opens a session beside the others, which may all be taken. */
let openKiller: (() => Session) | undefined;
let killer: Session | undefined;
const givenUp = new Set<number>();
let isKilling = false;

const reader = new FrameReader<ParentMessage>((message) => receive(message));
pipe.on('data', (chunk: Uint8Array) => reader.push(chunk));
pipe.on('error', leave);
pipe.on('close', leave);
pipe.on('end', leave);

function leave(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** Resolves when the pipe takes more, so that a slow supervisor does not fill this process's memory. */
function send(message: ChildMessage, body?: Uint8Array): Promise<void> | undefined {
  let flowing = true;
  for (const chunk of encodeFrame(message, body)) flowing = pipe.write(chunk);
  return flowing ? undefined : new Promise((resolve) => pipe.once('drain', resolve));
}

function receive(message: ParentMessage): void {
  switch (message.kind) {
    case 'open':
      void open(message);
      return;
    case 'query': {
      const session = sessions[message.session];
      if (session === undefined) {
        void send({ kind: 'failed', id: message.id, code: 0, message: 'The session is not open' });
        return;
      }
      const run = runQuery(session, message);
      running.set(message.id, run);
      void run.finally(() => running.delete(message.id));
      return;
    }
    case 'cancel':
      givenUp.add(message.id);
      void killGivenUp();
      return;
    case 'stop':
      void stop();
  }
}

async function open(message: Extract<ParentMessage, { kind: 'open' }>): Promise<void> {
  try {
    failpoint('engine.open.begin');
    const openSession = (): Session =>
      new Session(message.path, { connectionArgs: [`--config-file=${message.configPath}`] });
    for (let at = 0; at < message.sessions; at++) sessions.push(openSession());
    openKiller = openSession;
    const version = await sessions[0]?.queryAsync('SELECT version()', { format: 'TabSeparated' });
    failpoint('engine.open.done');
    void send({ kind: 'opened', version: version?.text().trim() ?? '' });
  } catch (cause) {
    // The supervisor reads the reason and closes the pipe.
    void send({ kind: 'refused', message: describe(cause).message });
  }
}

/** By the marks that they begin with: the engine gives ids to statements by itself. Goes on until they have ended. */
async function killGivenUp(): Promise<void> {
  if (isKilling) return;
  isKilling = true;
  for (;;) {
    for (const id of givenUp) if (!running.has(id)) givenUp.delete(id);
    if (givenUp.size === 0) break;
    const marks = [...givenUp].map((id) => `startsWith(query, '${markOf(id)}')`);
    try {
      killer ??= openKiller?.();
      await killer?.queryAsync(`KILL QUERY WHERE ${marks.join(' OR ')} ASYNC`, { format: 'Null' });
    } catch {
      // What cannot be killed ends by its own bounds.
    }
    await new Promise((resolve) => setTimeout(resolve, KILL_AGAIN_MS));
  }
  isKilling = false;
}

function markOf(id: number): string {
  return `/*${id}*/`;
}

async function runQuery(
  session: Session,
  { id, sql: asked, answers }: Extract<ParentMessage, { kind: 'query' }>,
): Promise<void> {
  const step = `engine.${verbOf(asked)}`;
  const sql = `${markOf(id)} ${asked}`;
  try {
    failpoint(`${step}.begin`);
    // The answer of a check is short, and the engine does not stream it.
    if (IS_CHECK.test(asked))
      await send({ kind: 'block', id }, (await session.queryAsync(sql, { format: 'Native' })).bytes());
    else if (!answers) await session.queryAsync(sql, { format: 'Null' });
    else
      for await (const chunk of session.queryStream(sql, { format: 'Native' })) {
        await send({ kind: 'block', id }, chunk.raw());
      }
    failpoint(`${step}.done`);
    await send({ kind: 'done', id });
    failpoint(`${step}.answered`);
  } catch (cause) {
    await send({ kind: 'failed', id, ...describe(cause) });
  }
}

async function stop(): Promise<void> {
  await Promise.allSettled(running.values());
  failpoint('engine.stop.begin');
  for (const session of sessions) session.close();
  killer?.close();
  pipe.end(() => process.exit(0));
}

/** The first word of a statement, as failpoints name it. */
function verbOf(sql: string): string {
  return (/[a-z]+/i.exec(sql)?.[0] ?? 'nothing').toLowerCase();
}

function describe(cause: unknown): { readonly code: number; readonly message: string } {
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = /Code: (\d+)\./.exec(message)?.[1];
  return { code: code === undefined ? 0 : Number(code), message };
}
