/**
 * The layer of command-line flags: `--key value`, `--key=value`, and the aliases.
 *
 * A boolean flag may stand alone (`--api.enabled`) or be switched off by `--no-api.enabled`. A list may be
 * repeated or written with commas. The command's own flags and all that is no flag are handed back untouched; any
 * other flag is unknown.
 */
import { flagsOf, type SettingEntry, type Settings } from './define-settings.ts';
import type { Layer, LayerEntry } from './layer.ts';
import { type Problem, unknownName } from './problem.ts';

export interface FlagLayer extends Layer {
  /** Arguments in their order that are no setting's flag. */
  readonly rest: readonly string[];
}

/** `others` are flags the command knows itself; they pass untouched, and count when a nearest name is sought. */
export function flagLayer(settings: Settings, args: readonly string[], others: readonly string[]): FlagLayer {
  const byFlag = new Map(
    settings.entries.flatMap((entry) => flagsOf(entry).map((flag) => [flag, entry] as const)),
  );
  const entries: LayerEntry[] = [];
  const problems: Problem[] = [];
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--') {
      rest.push(...args.slice(i));
      break;
    }
    const equals = arg.indexOf('=');
    const name = equals < 0 ? arg : arg.slice(0, equals);
    const origin = { kind: 'flag', name } as const;
    const negated = name.startsWith('--no-') ? byFlag.get(`--${name.slice(5)}`) : undefined;
    const entry = byFlag.get(name);
    if (negated !== undefined && negated.setting.kind === 'boolean' && equals < 0) {
      entries.push({ key: negated.key, raw: 'false', origin });
    } else if (entry === undefined) {
      if (name.startsWith('--') && !others.includes(name)) {
        problems.push(unknownName(origin, 'flag', name, [...byFlag.keys(), ...others]));
        if (equals < 0 && takesNext(args, i)) i++;
      } else rest.push(arg);
    } else if (equals >= 0) {
      add(entry, arg.slice(equals + 1));
    } else if (
      entry.setting.kind === 'boolean' &&
      !/^(true|false|yes|no|on|off|0|1)$/i.test(args[i + 1] ?? '')
    ) {
      add(entry, 'true');
    } else if (takesNext(args, i)) {
      add(entry, args[++i] ?? '');
    } else {
      problems.push({ origin, message: 'no value follows' });
    }

    function add(of: SettingEntry, raw: string): void {
      entries.push({ key: of.key, raw: of.setting.kind === 'list' ? [raw] : raw, origin });
    }
  }
  return { entries: joinLists(entries), problems, rest };
}

function takesNext(args: readonly string[], i: number): boolean {
  const next = args[i + 1];
  return next !== undefined && (!next.startsWith('-') || /^-\d/.test(next));
}

/** A repeated list flag adds to the list; any other repeated flag lets the last one win. */
function joinLists(entries: readonly LayerEntry[]): LayerEntry[] {
  const byKey = new Map<string, LayerEntry>();
  for (const entry of entries) {
    const before = byKey.get(entry.key);
    const raw =
      typeof entry.raw === 'object'
        ? [
            ...(typeof before?.raw === 'object' ? before.raw : []),
            ...entry.raw.flatMap((item) => item.split(',')),
          ]
        : entry.raw;
    byKey.set(entry.key, { ...entry, raw });
  }
  return [...byKey.values()];
}
