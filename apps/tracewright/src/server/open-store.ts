/**
 * OpenStore: the engine, its migrations, and the reader and writer over it, as one part that may be absent.
 *
 * Until the tables are known to be right, inserts and questions are answered "later": segments wait on disk, and nothing that
 * was acknowledged is touched.
 */
import type { Segment, Writer } from '@tracewright/model';
import { err, failure } from '@tracewright/std';
import { type ColdVolume, createWriter, type Engine, fillTraceSegments, migrate } from '@tracewright/storage';
import type { Log } from './log.ts';

export type OpenStore = {
  readonly writer: Writer;
  /** Tables are migrated, and the engine is there. */
  ready(): boolean;
  /** Starts the engine and migrates; goes on trying in the background. Resolves after the first try. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** A part of this table was set aside: what it held is made again, where other tables tell it. */
  partLost?(table: string): void;
  /** Why the tables may not be used whatever is tried, where that is known. */
  refusal?(): string | undefined;
};

const RETRY_MS = 2_000;
/** How often a segment is tried whose day is cold while the cold tier is away. */
const HELD_MS = 30_000;

export function openStore(
  engine: Engine,
  sync: boolean,
  log: Log,
  volume: ColdVolume | undefined = undefined,
): OpenStore {
  const inner = createWriter({ engine, sync });
  let migrated = false;
  let closed = false;
  let filling: { readonly cut: AbortController; readonly done: Promise<void> } | undefined;
  let refused: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function tryOnce(): Promise<void> {
    const started = await engine.start();
    if (closed) return;
    if (!started.ok) {
      log('error', `The store is absent, senders are not kept waiting: ${started.failure.message}`);
      again();
      return;
    }
    const result = await migrate(engine);
    if (closed) return;
    if (!result.ok) {
      log('error', `The tables cannot be used: ${result.failure.message}`);
      // A store of a newer program does not get better by asking again.
      if (result.failure.code === 'unsupported') refused = result.failure.message;
      else again();
      return;
    }
    if (result.value.from !== result.value.to) {
      log('info', `Tables are at version ${result.value.to}`, { before: result.value.from });
    }
    migrated = true;
    enterTraces();
  }

  /** Spans of an older store are found without their entries too, only more slowly; a failure waits for the next start. */
  function enterTraces(): void {
    const cut = new AbortController();
    // One at a time: what the one before notes of its progress would hide what this one finds missing.
    const before = filling;
    before?.cut.abort();
    const done = (before?.done ?? Promise.resolve()).then(() => enter(cut.signal));
    filling = { cut, done };
  }

  async function enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const entered = await fillTraceSegments(engine, signal);
    if (closed) return;
    if (!entered.ok) log('warn', `Older traces are found more slowly: ${entered.failure.message}`);
    else if (entered.value > 0) log('info', 'Entered where older traces are', { spans: entered.value });
  }

  function again(): void {
    timer = setTimeout(() => void tryOnce(), RETRY_MS);
  }

  return {
    writer: {
      insert: async (segment: Segment) => {
        if (migrated && segment.replayed && volume?.hides(segment.id) === true) {
          const message = `Segment ${segment.id} waits for the cold tier, which is away: its rows may be there already`;
          return err(failure('overloaded', message, { retryAfterMs: HELD_MS }));
        }
        if (migrated) return inner.insert(segment);
        return err(failure('unavailable', refused ?? 'The store is not open yet', { retry: 'later' }));
      },
    },
    ready: () => migrated && engine.check().state === 'ready',
    partLost: (table) => {
      if (migrated && !closed && table === 'trace_segments') enterTraces();
    },
    refusal: () => refused,
    open: tryOnce,
    close: async () => {
      closed = true;
      filling?.cut.abort();
      clearTimeout(timer);
      await engine[Symbol.asyncDispose]();
    },
  };
}
