/**
 * Segments that the engine refuses for good: they are set aside, shown and counted, those behind them pass, and they
 * go back into the queue when asked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgeSegment, mendQuarantined, waitingSpanBlocks } from '../testing/forge-segment.ts';
import { RunningServer } from '../testing/running-server.ts';
import { postOtlp, rejectedIn } from '../testing/send-otlp.ts';
import { encodeTraces, goodSpan, hexId } from '../testing/span-messages.ts';

const ROWS = 3;
/** As a block's head counts its rows. */
const TWO_TO_40: Buffer = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x20]);

async function spansFound(server: RunningServer, trace: number): Promise<number> {
  const answer = await fetch(server.api(`/traces/${hexId(16, trace)}`));
  await answer.arrayBuffer();
  return Number(answer.headers.get('x-tracewright-spans') ?? 0);
}

/** A block as the encoder writes it, of a server that was killed before the store had it. */
async function realBlock(server: RunningServer): Promise<Uint8Array> {
  const spans = Array.from({ length: ROWS }, (_, at) => goodSpan(1, at + 1));
  assert.equal(rejectedIn(await postOtlp(server, 'traces', encodeTraces('refused', spans))), 0);
  const [engine] = server.childPids();
  process.kill(server.pid, 'SIGKILL');
  await server.ended();
  if (engine !== undefined) await server.until('the engine has gone', async () => !isThere(engine));
  const [block] = [...waitingSpanBlocks(server.dataPath).values()];
  assert.ok(block !== undefined, 'the acknowledged spans lie in a segment');
  return block;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('what the engine refuses is set aside, and those behind it pass', { timeout: 120_000 }, async (t) => {
  // A long interval leaves the segment open until the server is killed.
  const server = await RunningServer.start(['--wal.segmentInterval', '20s']);
  try {
    const block = await realBlock(server);
    const count = block.length;
    const forged: [string, Uint8Array][] = [
      ['rubbish', Buffer.from('this is no block at all, whatever the CRC says')],
      ['cut off', block.slice(0, count - 40)],
      ['another type', changed(block, 'UInt64', 'Int512')],
      ['more rows than there can be', Buffer.concat([block.subarray(0, 1), TWO_TO_40, block.subarray(2)])],
    ];
    const now = BigInt(Date.now()) * 1000n;
    // The forged ones come first in the queue.
    for (const [at, [, bytes]] of forged.entries())
      forgeSegment(server.dataPath, now - 60_000_000n + BigInt(at * 16), bytes, ROWS);
    await server.restart();
    await server.until('the good segment is stored', async () => (await spansFound(server, 1)) === ROWS);
    const began = performance.now();
    await server.until('all forged segments are set aside', async () => {
      return (await server.status())?.wal.quarantined.length === forged.length;
    });
    t.diagnostic(`all are set aside ${Math.round(performance.now() - began)} ms after the good one is found`);
    assert.equal(rejectedIn(await postOtlp(server, 'traces', encodeTraces('after', [goodSpan(2, 1)]))), 0);

    const { accounts, wal } = (await server.status()) ?? assert.fail('no status');
    assert.equal(accounts.spans.quarantined, forged.length * ROWS);
    assert.equal(
      accounts.spans.accepted,
      accounts.spans.stored + accounts.spans.quarantined + accounts.spans.inFlight,
    );
    for (const [at, { reason, rows }] of wal.quarantined.entries()) {
      t.diagnostic(`${forged[at]?.[0]}: ${reason.slice(0, 100)}`);
      assert.ok(reason.length > 10 && rows === ROWS);
    }
    assert.match(server.log, /is set aside: the engine refuses it/);
    assert.equal((await fetch(server.url('health', '/ready'))).status, 200);
  } finally {
    await server.dispose();
  }
});

test('a segment that was set aside stays so over a restart, and is stored once it can be', async () => {
  const server = await RunningServer.start(['--wal.segmentInterval', '20s']);
  try {
    const block = await realBlock(server);
    const [id] = [...waitingSpanBlocks(server.dataPath).keys()];
    assert.ok(id !== undefined);
    const bad = changed(block, 'UInt64', 'Int512');
    forgeSegment(server.dataPath, id, bad, ROWS);
    await server.restart();
    const isAside = async () => (await server.status())?.wal.quarantined[0]?.segment === String(id);
    await server.until('the segment is set aside', isAside);

    const retry = (segment: string) => fetch(server.api(`/quarantine/${segment}/retry`), { method: 'POST' });
    assert.equal((await retry(String(id))).status, 202);
    await server.until('it is refused again', isAside);
    for (const unknown of ['1', 'x', '-1']) assert.equal((await retry(unknown)).status, 404, unknown);

    assert.equal(await server.stop(), 0);
    await server.restart();
    assert.ok(await isAside());
    assert.equal((await server.status())?.accounts.spans.quarantined, ROWS);

    mendQuarantined(server.dataPath, id, block);
    assert.equal((await retry(String(id))).status, 202);
    const { accounts, wal } = await server.settled();
    assert.deepEqual(wal.quarantined, []);
    assert.deepEqual([accounts.spans.quarantined, accounts.spans.stored], [0, ROWS]);
    assert.equal((await retry(String(id))).status, 404);
  } finally {
    await server.dispose();
  }
});

function changed(block: Uint8Array, text: string, by: string): Uint8Array {
  const bytes = Buffer.from(block);
  const at = bytes.indexOf(text);
  assert.ok(at >= 0 && text.length === by.length, `${text} is in the block`);
  bytes.write(by, at);
  return bytes;
}
