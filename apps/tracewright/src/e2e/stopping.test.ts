/** How the program stops: asked to, asked twice, and what is there when it starts again. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { assertStoredOnce, startNumberedLoad } from '../testing/numbered-load.ts';
import { isAlive, RunningServer } from '../testing/running-server.ts';
import { postOtlp, rejectedIn } from '../testing/send-otlp.ts';
import { encodeTraces, goodSpan, hexId } from '../testing/span-messages.ts';
import { storedNumbers } from '../testing/stored-rows.ts';

test('SIGTERM under load: all that was acknowledged is stored, and nothing waits', async () => {
  const server = await RunningServer.start();
  try {
    await using load = startNumberedLoad(server, 4);
    await server.until('there is load', async () => load.acknowledged.length > 100);
    const engines = server.childPids();
    assert.equal(await server.stop(), 0);
    await load.stop();
    assert.deepEqual(load.refused, []);
    assert.match(server.log, /"Stopped: all is stored"/);
    assert.ok(
      engines.every((pid) => !isAlive(pid)),
      'the engine has ended with it',
    );
    const rows = await storedNumbers(server.dataPath);
    assertStoredOnce(load, rows, server);
    assert.ok(rows.size >= load.acknowledged.length * 50);

    await server.restart();
    const before = (await server.status())?.storage.tables.find(({ table }) => table === 'spans');
    assert.equal(
      before?.rows,
      [...rows.values()].reduce((sum, { count }) => sum + count, 0),
    );
    const first = load.acknowledged[0] ?? 0;
    const traceId = (first + 1).toString(16).padStart(32, '1');
    const found = await fetch(server.api(`/traces/${traceId}`));
    assert.equal(found.headers.get('x-tracewright-spans'), '10');
    assert.equal(
      rejectedIn(await postOtlp(server, 'traces', encodeTraces('next life', [goodSpan(1, 1)]))),
      0,
    );
    await server.until('it is found', async () => (await fetch(server.api(`/traces/${hexId(16, 1)}`))).ok);
  } finally {
    await server.dispose();
  }
});

test('a signal that comes twice at once is one; a later one ends the program at once, without loss', async () => {
  const server = await RunningServer.start();
  try {
    // A request that does not end keeps a graceful stop waiting.
    const slow = connect(server.port('receivers.otlp.http'), '127.0.0.1');
    slow.on('error', () => undefined);
    slow.write(
      'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100\r\n\r\nhalf',
    );
    await using load = startNumberedLoad(server, 2);
    await server.until('there is load', async () => load.acknowledged.length > 20);
    server.signal('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    server.signal('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.ok(isAlive(server.pid), 'it still waits for the request');
    const health = await fetch(server.url('health', '/ready'));
    assert.equal(health.status, 503);
    const began = performance.now();
    server.signal('SIGINT');
    assert.equal(await server.ended(), 130);
    assert.ok(performance.now() - began < 2_000, 'at once');
    await load.stop();
    slow.destroy();
    await server.restart();
    await server.settled();
    assert.equal(await server.stop(), 0);
    assertStoredOnce(load, await storedNumbers(server.dataPath), server);
  } finally {
    await server.dispose();
  }
});

test('a stop before the store has opened loses nothing, and ends well', async () => {
  const server = await RunningServer.start();
  try {
    await server.kill();
    server.launch();
    await server.until('the receiver listens', async () => {
      try {
        return rejectedIn(await postOtlp(server, 'traces', encodeTraces('early', [goodSpan(2, 1)]))) === 0;
      } catch {
        return false;
      }
    });
    assert.equal(await server.stop(), 0);
    await server.restart();
    await server.until('it is found', async () => (await fetch(server.api(`/traces/${hexId(16, 2)}`))).ok);
  } finally {
    await server.dispose();
  }
});
