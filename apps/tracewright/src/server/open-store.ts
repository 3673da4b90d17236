/**
 * OpenStore: the engine, its migrations, and the reader and writer over it, as one part that may be absent.
 *
 * Until the tables are known to be right, inserts and questions are answered "later": segments wait on disk, and nothing that
 * was acknowledged is touched.
 */
import type { Segment, Writer } from '@tracewright/model';
import { err, failure, type Result } from '@tracewright/std';
import { createWriter, type Engine, migrate } from '@tracewright/storage';
import type { Log } from './log.ts';

export type OpenStore = {
  readonly writer: Writer;
  /** Tables are migrated, and the engine is there. */
  ready(): boolean;
  /** Starts the engine and migrates; goes on trying in the background. Resolves after the first try. */
  open(): Promise<void>;
  close(): Promise<void>;
};

const RETRY_MS = 2_000;

export function openStore(engine: Engine, sync: boolean, log: Log): OpenStore {
  const inner = createWriter({ engine, sync });
  let migrated = false;
  let closed = false;
  let refused: Result<void> | undefined;
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
      if (result.failure.code === 'unsupported') refused = result;
      else again();
      return;
    }
    if (result.value.from !== result.value.to) {
      log('info', `Tables are at version ${result.value.to}`, { before: result.value.from });
    }
    migrated = true;
  }

  function again(): void {
    timer = setTimeout(() => void tryOnce(), RETRY_MS);
  }

  return {
    writer: {
      insert: async (segment: Segment) => {
        if (migrated) return inner.insert(segment);
        const why =
          refused !== undefined && !refused.ok ? refused.failure.message : 'The store is not open yet';
        return err(failure('unavailable', why, { retry: 'later' }));
      },
    },
    ready: () => migrated && engine.check().state === 'ready',
    open: tryOnce,
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await engine[Symbol.asyncDispose]();
    },
  };
}
