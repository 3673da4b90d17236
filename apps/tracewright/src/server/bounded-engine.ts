/**
 * BoundedEngine: an engine on whose questions the bounds of the settings lie: time, memory and rows. A question
 * that brings tighter bounds of its own keeps them. Writes pass as they are.
 */
import type { Engine } from '@tracewright/storage';

export type QueryBounds = {
  readonly timeoutMs: number;
  readonly memoryBytesMax: number;
  readonly rowsMax: number;
};

export function boundQueries(engine: Engine, bounds: QueryBounds): Engine {
  return {
    id: engine.id,
    start: () => engine.start(),
    check: () => engine.check(),
    command: (sql, options) => engine.command(sql, options),
    onState: (listener) => engine.onState(listener),
    query: (query) =>
      engine.query(
        query.class === 'write'
          ? query
          : {
              ...query,
              deadlineMs: Math.min(query.deadlineMs, bounds.timeoutMs),
              memoryBytesMax: Math.min(query.memoryBytesMax ?? bounds.memoryBytesMax, bounds.memoryBytesMax),
              rowsMax: Math.min(query.rowsMax ?? bounds.rowsMax, bounds.rowsMax),
            },
      ),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}
