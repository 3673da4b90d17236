/**
 * The bundle, made from a small repository of the same shape, runs in a folder that holds nothing else.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';

const entriesSource = fileURLToPath(new URL('../src/entries.ts', import.meta.url));

function withRepository(run: (root: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const root = mkdtempSync(join(tmpdir(), 'tracewright-bundle-'));
    try {
      await run(root);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  };
}

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

test(
  'entries find each other and the files they read, far from the sources',
  withRepository(async (root) => {
    write(root, {
      'package.json': '{ "type": "module" }',
      'packages/storage/src/schema/0001.sql': 'SELECT 42',
      'packages/storage/src/schema.ts':
        "import { readFileSync } from 'node:fs';\nexport const sql: string = readFileSync(new URL('./schema/0001.sql', import.meta.url), 'utf8');\n",
      'packages/storage/src/engine/embedded-child.ts':
        "import { sql } from '../schema.ts';\nprocess.send?.('child ' + sql);\n",
      'packages/pipeline/src/worker/ingest-worker.ts':
        "import { parentPort } from 'node:worker_threads';\nimport { sql } from '../../../storage/src/schema.ts';\nparentPort?.postMessage('worker ' + sql);\n",
      'apps/tracewright/src/main.ts': `
        import { fork } from 'node:child_process';
        import { once } from 'node:events';
        import { Worker } from 'node:worker_threads';
        import gone from 'outside';
        import notice from 'inside';
        import { entryUrl } from './entries.ts';
        const [fromWorker] = await once(new Worker(entryUrl('ingest-worker')), 'message');
        const [fromChild] = await once(fork(entryUrl('embedded-child')), 'message');
        console.log([fromWorker, fromChild, gone, notice].join('; '));`,
      'node_modules/outside/package.json': '{ "name": "outside", "exports": "./x.js", "type": "module" }',
      'node_modules/outside/x.js': "export default 'outside';",
      'node_modules/inside/package.json':
        '{ "name": "inside", "version": "1.2.3", "license": "MIT", "main": "x.js" }',
      'node_modules/inside/x.js': "module.exports = require('node:path').basename('a/inside');",
      'node_modules/inside/LICENSE': 'Do as you like.',
    });
    cpSync(entriesSource, join(root, 'apps/tracewright/src/entries.ts'));
    const { entrySources } = await import('../src/entries.ts');
    const out = join(root, 'out');
    await bundle({ root, out, entries: entrySources, external: ['outside'] });

    const far = mkdtempSync(join(tmpdir(), 'tracewright far '));
    try {
      cpSync(out, join(far, 'dist'), { recursive: true });
      cpSync(join(root, 'node_modules/outside'), join(far, 'node_modules/outside'), { recursive: true });
      writeFileSync(join(far, 'package.json'), '{ "type": "module" }');
      renameSync(join(root, 'packages'), join(root, 'gone'));
      const said = execFileSync(process.execPath, [join(far, 'dist/main.js')], {
        encoding: 'utf8',
        cwd: far,
      });
      assert.equal(said.trim(), 'worker SELECT 42; child SELECT 42; outside; inside');
    } finally {
      rmSync(far, { recursive: true, force: true });
    }
    assert.equal(readFileSync(join(out, 'files/packages/storage/src/schema/0001.sql'), 'utf8'), 'SELECT 42');
    assert.match(
      readFileSync(join(out, 'THIRD-PARTY.txt'), 'utf8'),
      /inside 1\.2\.3 \(MIT\)\n\nDo as you like\./,
    );
    assert.ok(!readdirSync(out, { recursive: true }).some((name) => String(name).endsWith('.ts')));
  }),
);

test(
  'a missing entry and an import that resolves to nothing end the build',
  withRepository(async (root) => {
    write(root, { 'apps/tracewright/src/main.ts': "import 'not-installed';\n" });
    const entries = { main: 'apps/tracewright/src/main.ts' };
    await assert.rejects(bundle({ root, out: join(root, 'out'), entries, external: [] }), /not-installed/);
    await assert.rejects(
      bundle({ root, out: join(root, 'out'), entries: { other: 'other.ts' }, external: [] }),
      /Cannot bundle other: other\.ts is not there/,
    );
    assert.ok(!existsSync(join(root, 'out/main.js')));
  }),
);
