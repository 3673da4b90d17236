/**
 * Fuzz targets of configuration: a file, an environment and flags from anybody's hand. What always holds: problems are
 * told and nothing throws, a place lies within the file, and what is said of a key is said of one that exists.
 */
import assert from 'node:assert/strict';
import { type FuzzTarget, mutateText, type Random } from '@tracewright/std/testing';
import { environmentLayer } from '../environment-layer.ts';
import { fileLayer } from '../file-layer.ts';
import { flagLayer } from '../flag-layer.ts';
import { parseBytes, parseDuration } from '../quantity.ts';
import { resolveSettings } from '../resolve-settings.ts';
import { testSettings } from '../test-settings.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const KEYS = testSettings.entries.map(({ key }) => key);
const VALUES = [
  ...[
    '0',
    '1',
    '-1',
    '16686',
    '65536',
    '1e9',
    '0x10',
    'true',
    'no',
    'null',
    '~',
    '""',
    "''",
    '512MiB',
    '1.5GiB',
  ],
  ...[
    '14d',
    '1h30m',
    'none',
    'group',
    '127.0.0.1',
    '::1',
    '[a, b]',
    '[a, [b]]',
    '{a: 1}',
    '*anchor',
    '&anchor x',
  ],
  ...[
    '!!binary aGk=',
    '!tag x',
    '|\n  block',
    '>-\n  folded',
    '"\\u2603"',
    '"\\x"',
    '"',
    "'",
    '99999999999999999999',
  ],
];
const WORDS = [
  ':',
  '\n',
  '  ',
  '\t',
  '- ',
  '---\n',
  '...\n',
  '# ',
  '{',
  '}',
  '[',
  ']',
  '&a ',
  '*a',
  '<<: *a',
  '? ',
  '!!',
];

/** A file as people write them, by the tree of the settings. */
function makeFile(random: Random): string {
  if (random.chance(0.02))
    return `${random.pick(['a: {', '[', '- ', '&a [*a, '])}`.repeat(random.below(2_000));
  const lines: string[] = [];
  for (const section of new Set(KEYS.map((key) => key.split('.')[0] ?? ''))) {
    if (random.chance(0.5)) continue;
    lines.push(`${random.chance(0.03) ? '__proto__' : section}:`);
    for (const key of KEYS.filter((each) => each.startsWith(`${section}.`))) {
      const names = key.split('.').slice(1);
      if (random.chance(0.3)) continue;
      lines.push(...names.slice(0, -1).map((name, at) => `${'  '.repeat(at + 1)}${name}:`));
      const value = random.chance(0.4) ? goodValue(key) : random.pick(VALUES);
      lines.push(`${'  '.repeat(names.length)}${names.at(-1)}: ${value}`);
    }
  }
  const text = `${lines.join('\n')}\n`;
  return random.chance(0.5) ? text : mutateText(text, random, [...WORDS, ...VALUES]);
}

function goodValue(key: string): string {
  const setting = testSettings.entries.find((entry) => entry.key === key)?.setting;
  switch (setting?.kind) {
    case 'port':
      return '8080';
    case 'bytes':
      return '1GiB';
    case 'duration':
      return '3d';
    case 'enum':
      return 'group';
    case 'boolean':
      return 'false';
    case 'list':
      return '[a.example]';
    default:
      return 'text';
  }
}

const files: FuzzTarget = {
  name: 'config-file',
  make: (random) => encoder.encode(makeFile(random)),
  check: (input) => {
    const text = decoder.decode(input);
    const layer = fileLayer(testSettings, text, 'tracewright.yaml');
    const lines = text.split('\n').length;
    for (const { origin } of [...layer.problems, ...layer.entries]) {
      assert.ok(origin.kind === 'file' && origin.line >= 1 && origin.line <= lines && origin.column >= 1);
    }
    for (const { key } of layer.entries) assert.ok(KEYS.includes(key), key);
    const resolved = resolveSettings(testSettings, { layers: [layer] });
    return layer.problems.length === 0 && resolved.ok ? 'taken' : 'refused';
  },
};

/** Lines of flags, and of the environment: NAME=value. */
const words: FuzzTarget = {
  name: 'config-flags-and-environment',
  make: (random) => {
    const word = (): string => {
      const key = random.pick(KEYS);
      const value = random.chance(0.4) ? goodValue(key) : random.pick(VALUES);
      const name = random.pick([
        `--${key}=`,
        `--${key}\n`,
        `TRACEWRIGHT_${key.toUpperCase().replaceAll('.', '_')}=`,
      ]);
      return `${name}${value.replaceAll('\n', ' ')}`;
    };
    const text = random.list(random.below(5), word).join('\n');
    return encoder.encode(
      random.chance(0.6) ? text : mutateText(text, random, ['--', '=', '\n', '-', ...VALUES]),
    );
  },
  check: (input) => {
    const lines = decoder.decode(input).split('\n');
    const environment: Record<string, string> = {};
    for (const line of lines) {
      const at = line.indexOf('=');
      if (at > 0 && !line.startsWith('-')) environment[line.slice(0, at)] = line.slice(at + 1);
    }
    const fromEnvironment = environmentLayer(testSettings, environment, []);
    const fromFlags = flagLayer(testSettings, lines, []);
    const resolved = resolveSettings(testSettings, { layers: [fromEnvironment, fromFlags] });
    for (const line of lines) {
      parseBytes(line);
      parseDuration(line);
    }
    return resolved.ok ? 'taken' : 'refused';
  },
};

export const configFuzzTargets: readonly FuzzTarget[] = [files, words];
