/**
 * Settings: a tree of settings together with the flat list that everything else walks.
 *
 * Each key has exactly one environment variable and one long flag, derived from it: `listen.allowedHosts` is
 * `TRACEWRIGHT_LISTEN_ALLOWED_HOSTS` and `--listen.allowedHosts`. Two keys with the same variable, or a default
 * that its own kind refuses, are mistakes of the program and end it at once.
 */
import { assert } from '@tracewright/std';
import { parseList, parseValue } from './parse-value.ts';
import { isSetting, type Setting, type SettingsTree, type SettingValue } from './setting.ts';

export interface SettingEntry {
  /** Dotted: "storage.retention.age". */
  readonly key: string;
  readonly path: readonly string[];
  readonly env: string;
  /** With dashes: "--storage.retention.age". */
  readonly flag: string;
  readonly setting: Setting;
  readonly defaultValue: SettingValue;
}

export interface SettingsSection {
  /** Dotted; empty for the root. */
  readonly key: string;
  readonly about: string;
}

export interface Settings<T extends SettingsTree = SettingsTree> {
  /** "Tracewright", as prose calls it. */
  readonly program: string;
  /** "tracewright.yaml". */
  readonly fileName: string;
  /** "TRACEWRIGHT_". */
  readonly envPrefix: string;
  readonly tree: T;
  /** In the order of the tree. */
  readonly entries: readonly SettingEntry[];
  readonly sections: readonly SettingsSection[];
}

export interface SettingsNames {
  readonly program: string;
  readonly fileName: string;
  readonly envPrefix: string;
}

export function defineSettings<const T extends SettingsTree>(names: SettingsNames, tree: T): Settings<T> {
  const entries: SettingEntry[] = [];
  const sections: SettingsSection[] = [];
  walk(tree, [], names.envPrefix, entries, sections);
  for (const pick of [(e: SettingEntry) => [e.env], (e: SettingEntry) => flagsOf(e)]) {
    const all = entries.flatMap(pick);
    const twice = all.find((name, i) => all.indexOf(name) !== i);
    assert(twice === undefined, `Two settings share the name ${twice}`);
  }
  return { ...names, tree, entries, sections };
}

/** The long flag and its alias, with dashes. */
export function flagsOf(entry: SettingEntry): readonly string[] {
  return entry.setting.alias === undefined ? [entry.flag] : [entry.flag, entry.setting.alias];
}

/** "storage.memoryMax" → "TRACEWRIGHT_STORAGE_MEMORY_MAX". */
export function envName(prefix: string, path: readonly string[]): string {
  const parts = path.map((part) => part.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase());
  return prefix + parts.join('_');
}

function walk(
  tree: SettingsTree,
  path: readonly string[],
  prefix: string,
  entries: SettingEntry[],
  sections: SettingsSection[],
): void {
  const about = tree['$about'];
  sections.push({ key: path.join('.'), about: typeof about === 'string' ? about : '' });
  for (const [name, node] of Object.entries(tree)) {
    if (typeof node === 'string') continue;
    const inner = [...path, name];
    if (!isSetting(node)) {
      walk(node, inner, prefix, entries, sections);
      continue;
    }
    const key = inner.join('.');
    entries.push({
      key,
      path: inner,
      env: envName(prefix, inner),
      flag: `--${key}`,
      setting: node,
      defaultValue: defaultOf(key, node),
    });
  }
}

function defaultOf(key: string, setting: Setting): SettingValue {
  const given = setting.default;
  if (given === undefined) {
    assert(setting.kind === 'secret' || setting.defaultText !== undefined, `Setting ${key} needs a default`);
    return setting.kind === 'secret' ? undefined : '';
  }
  // An empty text is the way to say "off" for kinds that otherwise refuse it.
  if (given === '') return '';
  const result = typeof given === 'object' ? parseList(given) : parseValue(setting, String(given));
  assert(result.ok, `The default of ${key} is not ${result.ok ? '' : result.failure.expected}`);
  return result.value;
}
