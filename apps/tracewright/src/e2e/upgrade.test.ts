/**
 * A data folder of a former version opens in this program: it is migrated, its answers are the same, and the segment
 * that waited is stored once, wherever the migration is killed. A newer folder or segment is left as it is.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crc32, gunzipSync } from 'node:zlib';
import { SEGMENT_SCHEMA_VERSION } from '@tracewright/model';
import { FAILPOINT_VARIABLE } from '@tracewright/std';
import { SCHEMA_VERSION } from '@tracewright/storage';
import { assertEqualOtlp } from '../testing/assert-equal-otlp.ts';
import { RunningServer, runProgram } from '../testing/running-server.ts';
import { postOtlp, rejectedIn } from '../testing/send-otlp.ts';
import { encodeTraces, goodSpan } from '../testing/span-messages.ts';
import { countRows } from '../testing/stored-rows.ts';
import { type Answers, askAll, type UpgradeFixture } from '../testing/upgrade-fixture.ts';

const FIXTURES = fileURLToPath(new URL('../../../../fixtures/upgrades/', import.meta.url));
/** The folders are of a day that is long over. */
const KEEP = ['--storage.retention.age', '0'];

async function openFormer(version: string): Promise<{ server: RunningServer; fixture: UpgradeFixture }> {
  const server = await RunningServer.reserve(KEEP);
  execFileSync('tar', ['-C', server.dataPath, '-xzf', join(FIXTURES, version, 'data.tar.gz')]);
  const fixture = JSON.parse(gunzipSync(readFileSync(join(FIXTURES, version, 'answers.json.gz'))).toString());
  return { server, fixture };
}

async function assertAnswers(server: RunningServer, expected: Answers, what: string): Promise<void> {
  const counts = Object.fromEntries(
    Object.entries(expected.traces).map(([id, { spans }]) => [id, spans.length]),
  );
  const found = await askAll(server, counts);
  for (const [id, { logs, spans }] of Object.entries(expected.traces)) {
    assertEqualOtlp(found.traces[id]?.spans ?? [], spans, `${what}: spans of ${id}`);
    assertEqualOtlp(found.traces[id]?.logs ?? [], logs, `${what}: logs of ${id}`);
  }
  for (const [q, ids] of Object.entries(expected.searches))
    assert.deepEqual(found.searches[q], ids, `${what}: ${q}`);
  for (const service of expected.services) assert.ok(found.services.includes(service), `${what}: ${service}`);
  for (const operation of expected.operations) assert.ok(found.operations.includes(operation), operation);
}

/** That the folder is this version's, with all that it held and the waiting segment stored once; ends the server. */
async function assertUpgraded(server: RunningServer, fixture: UpgradeFixture): Promise<void> {
  const { wal } = await server.settled();
  assert.deepEqual(
    wal.quarantined.map(({ rows, segment }) => ({ segment, rows })),
    [fixture.quarantined],
  );
  await assertAnswers(server, fixture.stored, 'stored before');
  await assertAnswers(server, fixture.waiting, 'stored by this program');
  assert.equal(await server.stop(), 0);
  const newest = 'segment = (SELECT max(segment) FROM';
  for (const [table, rows] of Object.entries(fixture.waitingRows)) {
    const where = `${newest} tracewright.${table})`;
    assert.equal(await countRows(server.dataPath, `tracewright.${table} WHERE ${where}`), rows, table);
  }
}

for (const version of readdirSync(FIXTURES).filter((name) => /^v\d+$/.test(name))) {
  test(`a folder of ${version} is migrated, answers the same, and stores what waited once`, {
    timeout: 120_000,
  }, async () => {
    const { fixture, server } = await openFormer(version);
    try {
      await server.restart();
      await assertUpgraded(server, fixture);
      await server.restart();
      assert.equal(rejectedIn(await postOtlp(server, 'traces', encodeTraces('new', [goodSpan(1, 1)]))), 0);
      const { accounts } = await server.settled();
      assert.equal(accounts.spans.stored, 1, 'and nothing a second time');
      await assertAnswers(server, fixture.stored, 'after the next start');
      await assertAnswers(server, fixture.waiting, 'after the next start');
    } finally {
      await server.dispose();
    }
  });

  test(`killed at each statement of the migration from ${version}, it ends right`, {
    timeout: 240_000,
  }, async (t) => {
    const { fixture, server } = await openFormer(version);
    const orders = mkdtempSync(join(tmpdir(), 'tracewright-failpoints-'));
    server.env = { [FAILPOINT_VARIABLE]: orders };
    try {
      const kills = await killAtEach(server, orders);
      t.diagnostic(`${kills} deaths`);
      assert.ok(kills >= 4);
      await assertUpgraded(server, fixture);
    } finally {
      await server.dispose();
      rmSync(orders, { recursive: true });
    }
  });
}

/** Server and engine die at each statement in turn, until one start gets through; gives the count of deaths. */
async function killAtEach(server: RunningServer, orders: string): Promise<number> {
  let kills = 0;
  for (const step of ['migrate.statement.done', 'migrate.statement.begin']) {
    for (let pass = 1; ; pass++) {
      const path = join(orders, step);
      writeFileSync(path, JSON.stringify({ pass }));
      server.launch();
      await server.until(`${step} ${pass} is reached, or the store is ready`, async () => {
        return server.hasEnded || (await server.status())?.ready === true;
      });
      if (!server.hasEnded) break;
      assert.ok(!existsSync(path), `it ended elsewhere than at ${step} ${pass}:\n${server.log}`);
      kills++;
    }
    rmSync(join(orders, step), { force: true });
    // The second round goes over what every start repeats.
    if (step.endsWith('done')) await server.kill();
  }
  return kills;
}

test('killed at each statement that makes the tables, a new folder ends right', {
  timeout: 240_000,
}, async () => {
  const server = await RunningServer.reserve();
  const orders = mkdtempSync(join(tmpdir(), 'tracewright-failpoints-'));
  server.env = { [FAILPOINT_VARIABLE]: orders };
  try {
    assert.ok((await killAtEach(server, orders)) > 10);
    assert.equal(rejectedIn(await postOtlp(server, 'traces', encodeTraces('new', [goodSpan(1, 1)]))), 0);
    const { accounts } = await server.settled();
    assert.equal(accounts.spans.stored, 1);
  } finally {
    await server.dispose();
    rmSync(orders, { recursive: true });
  }
});

test('a newer folder is refused with a sentence, and nothing in it is touched', {
  timeout: 60_000,
}, async () => {
  const { server } = await openFormer('v1');
  try {
    writeFileSync(join(server.dataPath, 'schema-version'), `${SCHEMA_VERSION + 1}\n`);
    const before = digests(server.dataPath);
    const { code, stderr } = await runProgram(['serve', '--data', server.dataPath]).ended;
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(
        `has schema version ${SCHEMA_VERSION + 1}, and this program knows versions up to ${SCHEMA_VERSION}`,
      ),
    );
    assert.deepEqual(digests(server.dataPath), before);
  } finally {
    await server.dispose();
  }
});

test('tables of a newer version are refused, health says so, and what is sent waits', {
  timeout: 60_000,
}, async () => {
  const server = await RunningServer.start();
  try {
    await server.stop();
    await countRows(server.dataPath, `(SELECT 1)`, [
      `INSERT INTO tracewright.schema_migrations (version) SELECT ${SCHEMA_VERSION + 1}`,
    ]);
    server.launch();
    const words = new RegExp(`has schema version ${SCHEMA_VERSION + 1}.*use the newer program`);
    await server.until('health says it', async () => {
      const answer = await fetch(server.url('health', '/status?verbose')).catch(() => undefined);
      return answer !== undefined && words.test(await answer.text());
    });
    assert.equal(rejectedIn(await postOtlp(server, 'traces', encodeTraces('new', [goodSpan(1, 1)]))), 0);
    assert.equal((await fetch(server.url('health', '/ready'))).status, 503);
    assert.match(server.log, words);
    assert.equal(await server.stop(), 0);
    assert.equal(readdirSync(join(server.dataPath, 'wal')).length, 1, 'it waits for the newer program');
  } finally {
    await server.dispose();
  }
});

test('a segment of a newer program is kept as it is and named, and those beside it are stored', {
  timeout: 60_000,
}, async () => {
  const server = await RunningServer.reserve();
  try {
    const id = BigInt(Date.now()) * 1000n;
    const folder = join(server.dataPath, 'wal', String(id).padStart(20, '0'));
    mkdirSync(folder, { recursive: true });
    const head = { format: 'tracewright-segment', id: String(id), schemaVersion: SEGMENT_SCHEMA_VERSION + 1 };
    // Of what stands behind the head this program understands nothing.
    const lines = [head, { something: 'of its own' }].map((line) => JSON.stringify(line));
    writeFileSync(
      join(folder, 'sidecar'),
      lines.map((json) => `${json}\t${crc32(json).toString(16).padStart(8, '0')}\n`).join(''),
    );
    writeFileSync(join(folder, 'spans.native'), 'rows in a form of its own');
    const before = digests(folder);
    await server.restart();
    assert.equal(rejectedIn(await postOtlp(server, 'traces', encodeTraces('new', [goodSpan(1, 1)]))), 0);
    const { accounts, wal } = await server.settled();
    assert.equal(accounts.spans.stored, 1);
    assert.deepEqual(
      wal.quarantined.map(({ segment }) => segment),
      [String(id)],
    );
    const words = new RegExp(`schema version ${SEGMENT_SCHEMA_VERSION + 1}.*newer program`);
    assert.match(wal.quarantined[0]?.reason ?? '', words);
    assert.match(server.log, words);
    assert.equal(await server.stop(), 0);
    assert.deepEqual(digests(folder), before);
  } finally {
    await server.dispose();
  }
});

/** Each file below a folder, with a digest of what is in it. */
function digests(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files
      .map(({ name, parentPath }) => join(parentPath, name))
      .sort()
      .map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}
