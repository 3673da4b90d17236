/**
 * Layers → configuration: the strongest layer that names a key decides, and every value remembers who it was.
 *
 * A wrong value is a problem even where a stronger layer hides it, since it would come to light on the day the
 * stronger one goes.
 */
import { err, ok, type Result } from '@tracewright/std';
import type { SettingEntry, Settings } from './define-settings.ts';
import type { Layer, LayerEntry } from './layer.ts';
import { nearestName } from './nearest.ts';
import { parseList, parseValue, type WrongValue } from './parse-value.ts';
import type { Origin, Problem } from './problem.ts';
import type { SettingsTree, SettingValue, ValuesOf } from './setting.ts';

export interface ResolvedSetting {
  readonly entry: SettingEntry;
  readonly value: SettingValue;
  readonly origin: Origin;
}

export interface Config<T extends SettingsTree = SettingsTree> {
  /** The values in the nesting of the tree: `values.listen.host`. */
  readonly values: ValuesOf<T>;
  /** Every setting in the order of the tree, with its origin. */
  readonly resolved: readonly ResolvedSetting[];
}

export interface ResolveOptions<T extends SettingsTree> {
  /** Weakest first. */
  readonly layers: readonly Layer[];
  /** Defaults that only the machine knows, by key. */
  readonly defaults?: Readonly<Record<string, SettingValue>>;
  /** Makes paths absolute and understands "~"; identity when absent. */
  readonly expandPath?: (path: string) => string;
  /** Rules between settings, asked only when each value is right by itself. */
  readonly rules?: (config: Config<T>) => readonly Problem[];
}

export function resolveSettings<T extends SettingsTree>(
  settings: Settings<T>,
  options: ResolveOptions<T>,
): Result<Config<T>, readonly Problem[]> {
  const problems: Problem[] = options.layers.flatMap((layer) => layer.problems);
  const strongest = new Map<string, { readonly value: SettingValue; readonly origin: Origin }>();
  const byKey = new Map(settings.entries.map((entry) => [entry.key, entry]));
  for (const layer of options.layers) {
    for (const given of layer.entries) {
      const entry = byKey.get(given.key);
      if (entry === undefined) continue;
      const result = understand(entry, given);
      if (result.ok) strongest.set(given.key, { value: result.value, origin: given.origin });
      else problems.push(wrongValue(entry, given, result.failure));
    }
  }
  const expand = options.expandPath ?? ((path) => path);
  const resolved = settings.entries.map((entry): ResolvedSetting => {
    const found = strongest.get(entry.key);
    const value = found === undefined ? (options.defaults?.[entry.key] ?? entry.defaultValue) : found.value;
    const isPath = entry.setting.kind === 'path' && typeof value === 'string' && value !== '';
    return { entry, value: isPath ? expand(value) : value, origin: found?.origin ?? { kind: 'default' } };
  });
  const config: Config<T> = { values: nest(resolved) as ValuesOf<T>, resolved };
  if (problems.length === 0) problems.push(...(options.rules?.(config) ?? []));
  return problems.length === 0 ? ok(config) : err(problems);
}

/** Where a key's value came from. */
export function originOf(config: Config, key: string): Origin {
  return config.resolved.find((setting) => setting.entry.key === key)?.origin ?? { kind: 'default' };
}

function understand(entry: SettingEntry, given: LayerEntry): Result<SettingValue, WrongValue> {
  if (typeof given.raw === 'string') return parseValue(entry.setting, given.raw);
  return parseList(given.raw);
}

function wrongValue(entry: SettingEntry, given: LayerEntry, { expected, words }: WrongValue): Problem {
  const raw = typeof given.raw === 'string' ? given.raw : given.raw.join(',');
  const shown = entry.setting.kind === 'secret' ? 'the given value' : JSON.stringify(raw);
  const nearest = words === undefined ? undefined : nearestName(raw, words);
  return {
    origin: given.origin,
    message: `${entry.key} cannot be ${shown}`,
    expected,
    ...(nearest === undefined ? {} : { nearest }),
  };
}

function nest(resolved: readonly ResolvedSetting[]): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const { entry, value } of resolved) {
    let at = root;
    for (const part of entry.path.slice(0, -1)) {
      at[part] ??= {};
      at = at[part] as Record<string, unknown>;
    }
    at[entry.path.at(-1) ?? ''] = value;
  }
  return root;
}
