// The embedded engine in a process of its own, so that the CPU time of inserts and merges is known by itself.
// Runs the statements its parent sends, one after the other.

import { Session } from 'chdb';

export type EngineRequest = { readonly id: number; readonly sql: string; readonly format: string };
export type EngineReply = {
  readonly id: number;
  readonly text: string;
  readonly elapsedMs: number;
  readonly error: string | undefined;
};

const [folder = '', configPath = ''] = process.argv.slice(2);
const session = new Session(folder, { connectionArgs: [`--config-file=${configPath}`] });
let queue: Promise<void> = Promise.resolve();

process.on('message', (request: EngineRequest) => {
  queue = queue.then(() => run(request));
});
process.on('disconnect', () => process.exit(0));

async function run({ id, sql, format }: EngineRequest): Promise<void> {
  const startMs = performance.now();
  let text = '';
  let error: string | undefined;
  try {
    const answer = await session.queryAsync(sql, { format });
    text = answer.text();
  } catch (cause) {
    error = cause instanceof Error ? cause.message : String(cause);
  }
  const reply: EngineReply = { id, text, elapsedMs: performance.now() - startMs, error };
  process.send?.(reply);
}
