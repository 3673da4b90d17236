/**
 * The layer of the configuration file: YAML text → keys with line and column.
 *
 * The tree of settings leads the walk, so that its depth bounds the depth of whatever the file holds. A scalar
 * is taken as it is written, not as YAML types it: a token of digits stays a token, `0x10` is not a port.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import type { Settings } from './define-settings.ts';
import type { Layer, LayerEntry } from './layer.ts';
import { expectation } from './parse-value.ts';
import { type Origin, type Problem, unknownName } from './problem.ts';
import { isSetting, type SettingsTree } from './setting.ts';

/** `path` is only how the file is called in messages. */
export function fileLayer(settings: Settings, text: string, path: string): Layer {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const entries: LayerEntry[] = [];
  const problems: Problem[] = [];
  const at = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset);
    return { kind: 'file', path, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (!Array.isArray(documents)) return { entries, problems };
  for (const document of documents)
    for (const { message, pos } of document.errors)
      problems.push({ origin: at(pos[0]), message: lower(message) });
  const second = documents[1];
  if (second !== undefined)
    problems.push({
      origin: at(second.range[0]),
      message: 'a second YAML document',
      expected: 'one document',
    });
  const first = documents[0];
  if (first === undefined || problems.length > 0) return { entries, problems };

  const knownKeys = [...settings.entries, ...settings.sections].map((known) => known.key).filter(Boolean);
  const resolve = (node: unknown): unknown => (isAlias(node) ? node.resolve(first) : node);
  const offsetOf = (node: unknown, otherwise: number): number =>
    (node as Node | null)?.range?.[0] ?? otherwise;

  walkMap(settings.tree, first.contents, [], 0);
  return { entries, problems };

  function walkMap(tree: SettingsTree, node: unknown, parents: readonly string[], offset: number): void {
    const map = resolve(node);
    // A section whose lines are all commented out is null.
    if (map === null || map === undefined || (isScalar(map) && map.value === null)) return;
    if (!isMap(map)) {
      const name = parents.length === 0 ? 'the file' : `section ${parents.join('.')}`;
      problems.push({
        origin: at(offsetOf(node, offset)),
        message: `${name} is no mapping`,
        expected: 'key: value',
      });
      return;
    }
    for (const pair of (map as YAMLMap).items) {
      const offsetKey = offsetOf(pair.key, offset);
      const name = isScalar(pair.key) ? String(pair.key.source ?? pair.key.value) : '?';
      const path = [...parents, name];
      const known = name.startsWith('$') || !Object.hasOwn(tree, name) ? undefined : tree[name];
      if (known === undefined) unknownKey(path, offsetKey);
      else if (typeof known === 'object' && isSetting(known))
        readSetting(path.join('.'), pair.value, offsetKey);
      else if (typeof known === 'object') walkMap(known, pair.value, path, offsetKey);
    }
  }

  function unknownKey(path: readonly string[], offset: number): void {
    const key = path.join('.');
    const dotted = path.at(-1)?.includes('.') === true && knownKeys.includes(key);
    if (!dotted) problems.push(unknownName(at(offset), 'key', key, knownKeys));
    else problems.push({ origin: at(offset), message: `key ${key} is dotted`, expected: 'nested sections' });
  }

  function readSetting(key: string, node: unknown, offset: number): void {
    const value = resolve(node);
    const origin = at(offsetOf(node, offset));
    const setting = settings.entries.find((entry) => entry.key === key)?.setting;
    if (setting === undefined) return;
    const wrong = (what: string): void => {
      problems.push({ origin, message: `${key} ${what}`, expected: expectation(setting) });
    };
    if (isSeq(value)) {
      const items = value.items.map(resolve);
      if (setting.kind !== 'list') wrong('is a list');
      else if (items.every(isScalar)) entries.push({ key, raw: items.map(scalarText), origin });
      else wrong('has an item that is no text');
    } else if (isMap(value)) wrong('is a mapping');
    else if (!isScalar(value) || value.value === null) wrong('has no value');
    else entries.push({ key, raw: scalarText(value), origin });
  }
}

function scalarText(node: unknown): string {
  if (!isScalar(node)) return '';
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
