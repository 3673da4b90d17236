/** No named step is forgotten: each that stands in the source is one at which some test kills. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ENGINE_KILLS, SERVER_KILLS, WORKER_KILLS } from './kill-steps.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const MENDING = 'packages/pipeline/src/kill-mending.test.ts';
const UPKEEP = 'packages/storage/src/kill-upkeep.test.ts';
const UPGRADE = 'apps/tracewright/src/e2e/upgrade.test.ts';

/** Steps that load does not lead to: the test that does. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'quarantine.add.begin': MENDING,
  'quarantine.add.noted': MENDING,
  'quarantine.add.moved': MENDING,
  'quarantine.release.begin': MENDING,
  'quarantine.release.moved': MENDING,
  'recover.cut.begin': MENDING,
  'recover.cut.done': MENDING,
  'recover.save.written': MENDING,
  'recover.save.aside': MENDING,
  'recover.save.removed': MENDING,
  'recover.save.done': MENDING,
  'retention.drop.begin': UPKEEP,
  'retention.drop.done': UPKEEP,
  'sync.set.begin': UPKEEP,
  'sync.set.done': UPKEEP,
  'tier.before-move': UPKEEP,
  'migrate.statement.begin': UPGRADE,
  'migrate.statement.done': UPGRADE,
};

/** The names in the source; one that is made of a variable begins with `engine.` and the kind of a query. */
function namesInSource(): ReadonlySet<string> {
  const names = new Set<string>();
  for (const room of ['packages', 'apps']) {
    for (const path of readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })) {
      if (!/^[^/]+\/src\/.*\.ts$/.test(path) || /\.test\.ts$|node_modules/.test(path)) continue;
      const text = readFileSync(join(ROOT, room, path), 'utf8');
      for (const [, name = ''] of text.matchAll(/\bfailpoint\('([^']+)'\)/g)) names.add(name);
      for (const [, end = ''] of text.matchAll(/\bfailpoint\(`\$\{step\}(\.[^`]+)`\)/g))
        for (const kind of ['insert', 'select']) names.add(`engine.${kind}${end}`);
      const others = [...text.matchAll(/\bfailpoint\((?!'|`\$\{step\}\.|step: string)/g)];
      assert.deepEqual(others, [], `${path}: a step whose name this test cannot read`);
    }
  }
  return names;
}

test('each step in the source is one at which some test kills, and each name stands in the source', () => {
  const inTables = [...SERVER_KILLS, ...WORKER_KILLS, ...ENGINE_KILLS].map(({ step }) => step);
  const known = new Set([...inTables, ...Object.keys(ELSEWHERE)]);
  assert.deepEqual([...known].sort(), [...namesInSource()].sort());
  for (const [step, file] of Object.entries(ELSEWHERE))
    assert.ok(readFileSync(join(ROOT, file), 'utf8').includes(`'${step}'`), `${file} kills at ${step}`);
});
