// The embedded engine in a process of its own, so that the CPU time of inserts and merges is known by itself.
// Runs the statements its parent sends: those of one session one after the other, those of several at the same time.

import { Session } from 'chdb';

export type EngineRequest = {
  readonly id: number;
  readonly session: number;
  readonly sql: string;
  readonly format: string;
};
export type EngineReply = {
  readonly id: number;
  readonly text: string;
  readonly elapsedMs: number;
  readonly error: string | undefined;
};

const [folder = '', configPath = ''] = process.argv.slice(2);
const sessions: { readonly session: Session; queue: Promise<void> }[] = [];

process.on('message', (request: EngineRequest) => {
  while (sessions.length <= request.session) {
    const session = new Session(folder, { connectionArgs: [`--config-file=${configPath}`] });
    sessions.push({ session, queue: Promise.resolve() });
  }
  const chosen = sessions[request.session];
  if (chosen !== undefined) chosen.queue = chosen.queue.then(() => run(chosen.session, request));
});
process.on('disconnect', () => process.exit(0));

async function run(session: Session, { id, sql, format }: EngineRequest): Promise<void> {
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
