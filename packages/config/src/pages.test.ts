import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileLayer } from './file-layer.ts';
import { printProblem } from './problem.ts';
import { referencePage } from './reference-page.ts';
import { resolveSettings } from './resolve-settings.ts';
import { sampleFile, wrap } from './sample-file.ts';
import { testSettings } from './test-settings.ts';

test('the sample as written says nothing and is accepted', () => {
  const layer = fileLayer(testSettings, sampleFile(testSettings), 's.yaml');
  assert.deepEqual(layer, { entries: [], problems: [] });
});

test('the sample with its settings uncommented is accepted and says the defaults', () => {
  const text = sampleFile(testSettings).replace(/^( *)#(?=\w)/gm, '$1');
  const result = resolveSettings(testSettings, { layers: [fileLayer(testSettings, text, 's.yaml')] });
  assert.ok(result.ok, result.ok ? '' : result.failure.map(printProblem).join('\n'));
  for (const { entry, value, origin } of result.value.resolved) {
    assert.equal(origin.kind, 'file', entry.key);
    if (entry.setting.kind !== 'secret' && entry.setting.kind !== 'path')
      assert.deepEqual(value, entry.defaultValue, entry.key);
  }
});

test('no line of the sample is wider than 102 columns', () => {
  assert.ok(
    sampleFile(testSettings)
      .split('\n')
      .every((line) => line.length <= 102),
  );
  assert.deepEqual(wrap('a bb ccc', 4), ['a bb', 'ccc']);
});

test('the reference page names every setting with its default, variable and flags', () => {
  const page = referencePage(testSettings, 'tracewright config reference');
  for (const entry of testSettings.entries) {
    assert.ok(page.includes(`### ${entry.key}\n`), entry.key);
    assert.ok(page.includes(`- environment: \`${entry.env}\``), entry.env);
  }
  assert.match(page, /- flag: `--storage\.path` or `--data`/);
  assert.match(page, /- default: the data folder/);
  assert.match(page, /- default: `1\.5GiB`/);
});
