/**
 * PartGuard: an engine whose damaged parts are set aside as soon as they are met, by a question or by a merge, so that
 * the next question is answered from the rest. What happened is said once, with the part's name; what can be made of other
 * tables again is made again by whoever is told.
 */
import type { Failure } from '@tracewright/std';
import { type DamagedPart, type Engine, listUnreadable, setAsideIfDamaged } from '@tracewright/storage';
import type { Log } from './log.ts';

export type PartGuard = {
  /** Everything asked of it is watched. */
  readonly engine: Engine;
  stop(): void;
};

/** How often the errors of merges are looked at. */
const LOOK_EVERY_MS = 30_000;

export function guardParts(
  engine: Engine,
  log: Log,
  onSetAside: (part: DamagedPart) => void = () => undefined,
): PartGuard {
  /** Parts that are being looked at, or were found whole or gone. */
  const known = new Set<string>();

  function notice({ cause }: Failure): void {
    if (isDamagedPart(cause)) void settle(cause, true);
  }

  async function settle(part: DamagedPart, again: boolean): Promise<void> {
    const key = `${part.table} ${part.part}`;
    if (known.has(key)) return;
    known.add(key);
    const done = await setAsideIfDamaged(engine, part);
    if (!done.ok) {
      log(
        'warn',
        `Part ${part.part} of ${part.table} cannot be read, nor set aside: ${done.failure.message}`,
      );
    } else if (done.value) {
      log(
        'error',
        `Part ${part.part} of ${part.table} is damaged on disk and was set aside: what it held is missing from ` +
          'answers until it is restored from a backup',
      );
      onSetAside(part);
    } else if (again) {
      log(
        'warn',
        `Part ${part.part} of ${part.table} could not be read, and is whole: memory or disk may fail`,
      );
    }
    if (again) known.delete(key);
  }

  async function lookAtMerges(): Promise<void> {
    if (engine.check().state !== 'ready') return;
    const unreadable = await listUnreadable(engine);
    if (unreadable.ok) for (const part of unreadable.value) await settle(part, false);
  }

  const timer = setInterval(() => void lookAtMerges(), LOOK_EVERY_MS).unref();
  return {
    engine: {
      id: engine.id,
      start: () => engine.start(),
      check: () => engine.check(),
      onState: (listener) => engine.onState(listener),
      query: async (query) => {
        const answer = await engine.query(query);
        if (!answer.ok) notice(answer.failure);
        return answer;
      },
      command: async (sql, options) => {
        const done = await engine.command(sql, options);
        if (!done.ok) notice(done.failure);
        return done;
      },
      [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
    },
    stop: () => clearInterval(timer),
  };
}

function isDamagedPart(cause: unknown): cause is DamagedPart {
  return typeof cause === 'object' && cause !== null && 'part' in cause && 'table' in cause;
}
