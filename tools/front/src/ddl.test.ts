/** Definitions for servers: what the operator chose stands in them, and the real parser takes them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { printDefinitions, type ServerDialect, translate } from '@tracewright/storage';
import { expectOk } from '@tracewright/storage/testing';
import { FrontEngine } from './front-engine.ts';
import { printDdl, REPLICATED } from './print-ddl.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracewright-ddl-'));
let engine: FrontEngine;
before(() => {
  engine = FrontEngine.open(folder);
});
after(() => {
  engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const DIALECTS: readonly (readonly [string, ServerDialect])[] = [
  ['plain', { database: 'tracewright', tables: { kind: 'plain' } }],
  ['plain on a cluster', { database: 'traces', tables: { kind: 'plain' }, onCluster: 'c1' }],
  ['replicated', { database: 'traces', tables: { kind: 'replicated', path: '/t/{uuid}', replica: 'r1' } }],
  ['replicated on a cluster', REPLICATED],
];

async function text(sql: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of engine.run(sql, 'TSVRaw')) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8').trimEnd();
}

for (const [name, dialect] of DIALECTS) {
  test(`the real parser takes every statement, and prints back what was chosen: ${name}`, async () => {
    const statements = expectOk(await printDefinitions(dialect));
    assert.ok(statements.length > 8);
    for (const sql of statements) {
      const printed = await text(`SELECT formatQuery($doc$${sql}$doc$)`);
      if (!sql.startsWith('CREATE') && !sql.startsWith('ALTER')) continue;
      assert.match(await text(`EXPLAIN AST ${sql}`), /Create|Alter/, sql);
      assert.equal(/ ON CLUSTER /.test(printed), dialect.onCluster !== undefined, printed.slice(0, 200));
      if (dialect.database !== 'tracewright') assert.ok(!/\btracewright\b/.test(printed), printed);
      const isTable = /^CREATE TABLE/.test(printed) && /\n?ENGINE = /.test(printed);
      if (!isTable) continue;
      const isReplicated = dialect.tables.kind === 'replicated';
      assert.equal(/ENGINE = Replicated\w*MergeTree\('/.test(printed), isReplicated, printed.slice(-600));
      assert.equal(/non_replicated_deduplication_window/.test(printed) && isReplicated, false);
    }
  });
}

test('plain definitions make a store on the real engine, again and again', async () => {
  const dialect: ServerDialect = { database: 'by_hand', tables: { kind: 'plain' } };
  for (let time = 0; time < 2; time++) {
    for (const sql of expectOk(await printDefinitions(dialect))) {
      for await (const _ of engine.run(sql, 'Null')) assert.fail('a definition has no answer');
    }
  }
  assert.match(
    await text(
      "SELECT arrayStringConcat(arraySort(groupArray(name)), ' ') FROM system.tables WHERE database = 'by_hand'",
    ),
    /cluster_nodes cluster_shards .*spans/,
  );
});

test('what looks like the name of the database in a text stays as it is', () => {
  const dialect: ServerDialect = { database: 'other', tables: { kind: 'plain' } };
  assert.equal(
    translate(
      `SELECT 'tracewright.spans', \`tracewright\` FROM tracewright.spans WHERE database = 'tracewright' AND service = 'tracewright' AND name = 'it''s tracewright.x \\' tracewright.y'`,
      dialect,
    ),
    `SELECT 'tracewright.spans', \`tracewright\` FROM other.spans WHERE database = 'other' AND service = 'tracewright' AND name = 'it''s tracewright.x \\' tracewright.y'`,
  );
});

test('a lock is of one server, whatever the cluster carries out together', () => {
  const lock = 'CREATE TABLE tracewright.migration_lock (holder String) ENGINE = Memory';
  assert.equal(translate(lock, REPLICATED), lock);
  assert.equal(
    translate("ALTER TABLE tracewright.spans DROP PARTITION ID '20260102'", REPLICATED),
    "ALTER TABLE tracewright.spans ON CLUSTER tracewright DROP PARTITION ID '20260102'",
  );
});

test('docs/operations/cluster.sql is what the program says', async () => {
  const page = readFileSync(new URL('../../../docs/operations/cluster.sql', import.meta.url), 'utf8');
  assert.equal(
    page,
    await printDdl(),
    'run "node tools/front/src/print-ddl.ts > docs/operations/cluster.sql"',
  );
});
