/**
 * A full disk, on a small file system of its own: senders are told to come again, what was acknowledged is kept and
 * stored once, questions are answered meanwhile, it is said in words everywhere, and it passes by itself.
 */
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeTracesProtobuf } from '@tracewright/wire';
import {
  assertStoredOnce,
  type NumberedLoad,
  SPANS_A_REQUEST,
  startNumberedLoad,
} from '../testing/numbered-load.ts';
import { numberedSpan, numberedSpans } from '../testing/numbered-spans.ts';
import type { Message } from '../testing/otlp-messages.ts';
import { RunningServer, runProgram } from '../testing/running-server.ts';
import { GrpcSender, postOtlp } from '../testing/send-otlp.ts';
import { makeSmallDisk, type SmallDisk } from '../testing/small-disk.ts';
import { storedNumbers } from '../testing/stored-rows.ts';

const MEBIBYTE = 1024 * 1024;
const BALLAST_BYTES = 4_000;
const UNAVAILABLE = 14;
/** What a foreign file leaves: less than what senders need, and enough to store what was acknowledged. */
const LEFT_BYTES: number = 8 * MEBIBYTE;
/** Where there is room it is refused for what it is, so that asking again and again stores nothing. */
const NO_MESSAGE: Uint8Array<ArrayBuffer> = Uint8Array.of(0xff);

const startOn = (disk: SmallDisk, flags: readonly string[]): Promise<RunningServer> =>
  RunningServer.start(flags, undefined, { dataPath: join(disk.path, 'data'), prefix: disk.prefix });

test('what fills the disk is refused in words, reading goes on, and room ends it without help', {
  timeout: 120_000,
}, async (t) => {
  await using disk = await makeSmallDisk(128);
  const server = await startOn(disk, []);
  try {
    disk.fill(60 * MEBIBYTE);
    await using load = startNumberedLoad(server, 4, ['traces'], { ballastBytes: BALLAST_BYTES });
    await server.until('senders are refused', async () => load.unknown.length > 20);
    const acknowledged = [...load.acknowledged];
    t.diagnostic(
      `${acknowledged.length} requests acknowledged, ${Math.round(disk.freeBytes() / 1024)} KiB free`,
    );
    assert.ok(acknowledged.length > 10);
    // Merges give room back now and then. What they give is taken, so that the disk stays full until it is emptied.
    const untilFull = (what: string, isSo: () => Promise<boolean>): Promise<void> =>
      server.until(what, async () => {
        disk.fill(LEFT_BYTES);
        return isSo();
      });

    let refusal: Awaited<ReturnType<typeof postOtlp>> | undefined;
    await untilFull('a sender is refused', async () => {
      refusal = await postOtlp(server, 'traces', NO_MESSAGE);
      return refusal.status === 503;
    });
    assert.match(refusal?.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    assert.match(
      String(Object(refusal?.body)['message']),
      /^The disk under .* has .* left of 128MiB.*storage\.minFree/,
    );
    assertRetryInfo(Object(refusal?.body));
    using grpc = new GrpcSender(server);
    let called: Awaited<ReturnType<typeof grpc.call>> | undefined;
    await untilFull('a sender is refused over gRPC', async () => {
      called = await grpc.call('traces', NO_MESSAGE);
      return called.code === UNAVAILABLE;
    });
    assertRetryInfo(called?.details ?? {});

    // What was acknowledged before can be found now.
    const trace = numberedSpan(acknowledged[0] ?? 0).traceId;
    await server.until(
      'reading goes on',
      async () => (await fetch(server.api(`/traces/${trace}`))).status === 200,
    );
    await untilFull('status says so', async () => {
      const { refusing, storage } = (await server.status()) ?? assert.fail('no status');
      assert.equal(storage.diskTotalBytes, 128 * MEBIBYTE);
      const isTold = /^Senders are told to try again later: The disk under/.test(refusing ?? '');
      return isTold && storage.diskFreeBytes < 14 * MEBIBYTE;
    });
    await untilFull('health says so', async () => {
      const health = await fetch(server.url('health', '/status'));
      return /"error":"The disk under/.test(await health.text());
    });
    await untilFull('the command says so', async () => {
      const { code, stdout } = await runProgram(['status', '--server', server.url('api')]).ended;
      const isTold = /Senders are refused\. .*The disk under/.test(stdout);
      return code === 1 && isTold && /below the 12\.8 MiB that stay free/.test(stdout);
    });
    assert.match(server.log, /The disk under .* has .* left/);

    disk.empty();
    const before = load.acknowledged.length;
    await server.until('senders are accepted again', async () => load.acknowledged.length > before + 20);
    // Before they fill what has become free.
    await load.stop();
    await server.until('nobody is refused', async () => (await server.status())?.refusing === undefined);
    assert.match(server.log, /The disk has room again/);
    await assertKept(server, disk, load);
  } finally {
    await server.dispose();
  }
});

test('without a floor the last byte is written: what is acknowledged is kept all the same', {
  timeout: 120_000,
}, async (t) => {
  await using disk = await makeSmallDisk(96);
  const server = await startOn(disk, ['--storage.minFree', '0']);
  try {
    await using load = startNumberedLoad(server, 4, ['traces', 'logs'], { ballastBytes: BALLAST_BYTES });
    await server.until('requests are acknowledged', async () => load.acknowledged.length > 20);
    for (let round = 1; round <= 3; round++) {
      const [refused, accepted] = [load.unknown.length, load.acknowledged.length];
      disk.fill();
      await server.until('the disk is full', async () => {
        disk.fill();
        return load.unknown.length > refused + 10;
      });
      await server.until('it is said', async () => (await server.status())?.refusing !== undefined);
      disk.empty();
      await server.until('it goes on', async () => load.acknowledged.length > accepted + 20);
    }
    assert.match(server.log, /ENOSPC|No space left|no space/);
    t.diagnostic(`${load.acknowledged.length} requests acknowledged, ${load.unknown.length} refused`);
    await assertKept(server, disk, load);
  } finally {
    await server.dispose();
  }
});

test('a start on a full disk takes the reserve, answers, refuses in words, and recovers', {
  timeout: 120_000,
}, async () => {
  await using disk = await makeSmallDisk(128);
  // A long interval leaves segments to replay.
  const server = await startOn(disk, ['--wal.segmentInterval', '30s']);
  try {
    const post = (first: number) =>
      postOtlp(server, 'traces', encodeTracesProtobuf(numberedSpans(first, SPANS_A_REQUEST)));
    assert.equal((await post(0)).status, 200);
    assert.equal(await server.stop(), 0);
    await server.restart();
    assert.equal((await post(1000)).status, 200);
    await server.until('there is a reserve', async () => existsSync(join(disk.seenAt, 'data', 'reserve')));
    await server.kill();
    await server.until('the engine is gone', async () => server.childPids().length === 0);
    disk.fill();
    assert.equal(disk.freeBytes(), 0);

    await server.restart();
    assert.ok(!existsSync(join(disk.seenAt, 'data', 'reserve')), 'the reserve is used');
    assert.equal((await post(2000)).status, 503);
    const trace = numberedSpan(0).traceId;
    assert.equal((await fetch(server.api(`/traces/${trace}`))).status, 200);
    assert.match((await server.status())?.refusing ?? '', /The disk under/);
    disk.empty();
    await server.until('senders are accepted again', async () => (await post(3000)).status === 200);
    await server.until('the reserve is back', async () => existsSync(join(disk.seenAt, 'data', 'reserve')));
    assert.equal(await server.stop(), 0);
    const rows = await storedIn(disk);
    for (const first of [0, 1000, 3000])
      for (let number = first; number < first + SPANS_A_REQUEST; number++)
        assert.ok(
          (rows.get((number + 1).toString(16).padStart(16, '0'))?.count ?? 0) >= 1,
          `${number} is missing`,
        );
    for (const first of [0, 1000])
      assert.equal(rows.get((first + 1).toString(16).padStart(16, '0'))?.count, 1, 'stored once');
  } finally {
    await server.dispose();
  }
});

test('retention by room acts within the day, so that more is taken than the disk holds', {
  timeout: 120_000,
}, async (t) => {
  await using disk = await makeSmallDisk(112);
  const server = await startOn(disk, ['--storage.retention.free', '40MiB', '--storage.minFree', '8MiB']);
  try {
    const sent: number[] = [];
    let refused = 0;
    for (let first = 0; sent.length * SPANS_A_REQUEST * BALLAST_BYTES < 120 * MEBIBYTE; ) {
      // However slow the machine: who sends waits for the room that retention makes, and would wait in vain without it.
      await server.until('there is room', async () => disk.freeBytes() > 24 * MEBIBYTE);
      const body = encodeTracesProtobuf(numberedSpans(first, SPANS_A_REQUEST, BALLAST_BYTES));
      const { status } = await postOtlp(server, 'traces', body);
      if (status === 200) sent.push(first);
      else {
        assert.equal(status, 503);
        refused++;
      }
      first += SPANS_A_REQUEST;
    }
    t.diagnostic(`${sent.length} requests acknowledged, ${refused} refused`);
    assert.match(server.log, /Deleted what arrived on \d{8} until .*: less than 40MiB free on the disk/);
    assert.ok(refused * 10 <= sent.length, 'hardly anybody is told to come later');
    await server.settled();
    const newest = numberedSpan(sent.at(-1) ?? 0).traceId;
    assert.equal((await fetch(server.api(`/traces/${newest}`))).status, 200, 'the newest stay');
    const oldest = numberedSpan(sent[0] ?? 0).traceId;
    assert.equal((await fetch(server.api(`/traces/${oldest}`))).status, 404, 'the oldest go');
  } finally {
    await server.dispose();
  }
});

/** Nothing acknowledged is lost, nothing is doubled, and the accounts add up. */
async function assertKept(server: RunningServer, disk: SmallDisk, load: NumberedLoad): Promise<void> {
  await load.stop();
  assert.deepEqual(load.refused, []);
  const { accounts, wal } = await server.settled();
  assert.deepEqual(wal.quarantined, []);
  assert.equal(accounts.spans.accepted, accounts.spans.stored);
  assert.equal(await server.stop(), 0);
  assertStoredOnce(load, await storedIn(disk), server);
}

async function storedIn(disk: SmallDisk): Promise<Awaited<ReturnType<typeof storedNumbers>>> {
  const copy = disk.copyOut();
  try {
    return await storedNumbers(join(copy, 'data'));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** google.rpc.Status with a RetryInfo among its details. */
function assertRetryInfo(status: Message): void {
  const [detail] = (status['details'] ?? []) as Message[];
  assert.match(String(detail?.['typeUrl']), /google\.rpc\.RetryInfo$/);
}
