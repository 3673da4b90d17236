/**
 * The engine is killed again and again, in the middle of queries and of inserts: senders are acknowledged all the
 * while, a read is answered or told to try again, and afterwards everything is there, once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertStoredOnce, startNumberedLoad } from '../testing/numbered-load.ts';
import { RunningServer } from '../testing/running-server.ts';
import { storedNumbers } from '../testing/stored-rows.ts';

const KILLS = 8;
const READERS = 4;
/** What a reader may be told: the answer, or that it shall come again. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 503, 504]);

/** Asks different things in turn, some of which keep the engine busy for long. */
function startReading(server: RunningServer) {
  const answered = new Map<number, number>();
  const wrong: string[] = [];
  let stopping = false;
  const paths = [
    '/search?q=%7B%20name%20%3D~%20%22.*(a%7Cb%7Cc)%2B.*x.*%22%20%7D&of=spans&limit=1000',
    '/search?service=numbers&limit=1000',
    `/traces/${'1'.padStart(32, '1')}`,
    '/services',
    '/operations?service=numbers',
    '/logs?grep=nothing',
  ];
  async function reader(from: number): Promise<void> {
    for (let turn = from; !stopping; turn++) {
      const path = paths[turn % paths.length] ?? '';
      try {
        const answer = await fetch(server.api(path), { signal: AbortSignal.timeout(40_000) });
        const text = await answer.text();
        answered.set(answer.status, (answered.get(answer.status) ?? 0) + 1);
        const known = answer.status === 200 || (answer.status === 404 && path.startsWith('/traces/'));
        if (!known && !RETRYABLE.has(answer.status)) wrong.push(`${path}: ${answer.status} ${text}`);
        if (RETRYABLE.has(answer.status) && !/"code":"(unavailable|overloaded|deadline)"/.test(text))
          wrong.push(text);
      } catch (error) {
        wrong.push(`${path}: ${error}`);
      }
    }
  }
  const running = Array.from({ length: READERS }, (_, at) => reader(at));
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(running);
  };
  return { answered, wrong, stop, [Symbol.asyncDispose]: stop };
}

test('without an engine senders go on, and readers wait or come again', { timeout: 120_000 }, async (t) => {
  const server = await RunningServer.start();
  try {
    await using load = startNumberedLoad(server, 2);
    await using reading = startReading(server);
    await server.until('there is load', async () => load.acknowledged.length > 50);
    const isReady = async () => (await server.status())?.storage.state === 'ready';
    let longestMs = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      // Sometimes it is killed while it opens, mostly while it works.
      if (kill % 3 !== 2) await server.until('it is ready', isReady);
      await new Promise((resolve) => setTimeout(resolve, (kill * 97) % 300));
      const before = load.acknowledged.length;
      const killedAt = performance.now();
      await server.until('an engine is killed', async () => server.childPids().some(kills));
      await server.until('senders are still acknowledged', async () => load.acknowledged.length > before + 4);
      longestMs = Math.max(longestMs, performance.now() - killedAt);
    }
    t.diagnostic(`five more acknowledgements at most ${Math.round(longestMs)} ms after a kill`);
    await reading.stop();
    await load.stop();
    t.diagnostic(
      `${load.acknowledged.length} requests acknowledged; reads: ${JSON.stringify([...reading.answered])}`,
    );
    assert.deepEqual(reading.wrong, []);
    assert.deepEqual(load.refused, []);
    assert.deepEqual(load.unknown, [], 'no request failed');
    assert.ok((reading.answered.get(200) ?? 0) > 0);

    const report = await server.settled();
    assert.deepEqual(report.wal.quarantined, []);
    const { spans } = report.accounts;
    assert.equal(spans.accepted, load.acknowledged.length * 50);
    assert.equal(spans.stored, spans.accepted);
    assert.equal(await server.stop(), 0);
    const rows = await storedNumbers(server.dataPath);
    assertStoredOnce(load, rows, server);
  } finally {
    await server.dispose();
  }
});

/** False for one that was gone before. */
function kills(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
