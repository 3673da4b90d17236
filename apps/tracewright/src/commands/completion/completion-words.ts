/**
 * What can follow what, from the data of commands and settings, in the form that all three scripts print.
 */
import { flagsOf, type Settings, type ValueSpec } from '@tracewright/config';
import { allOptions, type Command, type LiveNames } from '../../cli/command.ts';

export interface FlagWords {
  /** '--service' and perhaps '-s'. */
  readonly flags: readonly string[];
  readonly summary: string;
  readonly takesValue: boolean;
  /** What the value may be, where that is known beforehand. */
  readonly values: readonly string[];
  readonly live?: LiveNames;
}

export interface VerbWords {
  /** Words after the program's name: '' for the root, 'config print'. */
  readonly path: string;
  readonly summary: string;
  readonly verbs: readonly { readonly name: string; readonly summary: string }[];
  readonly flags: readonly FlagWords[];
  /** What a positional argument may be. */
  readonly values: readonly string[];
  readonly live?: LiveNames;
}

/** One entry for the root and for each verb, parents first. */
export function completionWords(root: Command, settings: Settings): readonly VerbWords[] {
  const out: VerbWords[] = [];
  const visit = (command: Command, path: readonly string[]): void => {
    const verbs = (command.commands ?? []).filter((verb) => verb.hidden !== true);
    const argument = command.arguments?.[0];
    out.push({
      path: path.join(' '),
      summary: command.summary,
      verbs: verbs.map(({ name, summary }) => ({ name, summary })),
      flags: [...ownFlags(command), ...(command.settings === true ? settingFlags(settings) : []), helpFlag],
      values: argument?.values ?? [],
      ...(argument?.complete === undefined ? {} : { live: argument.complete }),
    });
    for (const verb of verbs) visit(verb, [...path, verb.name]);
  };
  visit(root, []);
  return out;
}

const helpFlag: FlagWords = { flags: ['--help', '-h'], summary: 'Show help.', takesValue: false, values: [] };

function ownFlags(command: Command): readonly FlagWords[] {
  if (command.load === undefined) return [];
  return Object.values(allOptions(command)).map((option) => ({
    flags: option.short === undefined ? [option.flag] : [option.flag, option.short],
    summary: option.summary,
    takesValue: option.kind !== 'boolean',
    values: valuesOf(option),
    ...(option.complete === undefined ? {} : { live: option.complete }),
  }));
}

function settingFlags(settings: Settings): readonly FlagWords[] {
  return settings.entries.map((entry) => ({
    flags: flagsOf(entry),
    summary: entry.setting.summary,
    takesValue: true,
    values: entry.setting.kind === 'boolean' ? ['true', 'false'] : valuesOf(entry.setting),
    ...(entry.setting.kind === 'path' ? { live: 'file' as const } : {}),
  }));
}

function valuesOf(spec: ValueSpec): readonly string[] {
  return spec.kind === 'enum' ? spec.values : [];
}
