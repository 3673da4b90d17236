// Options as data: one table gives a command its parsing, its defaults and its `--help`. A wrong option is answered
// with a sentence that names it and what was expected.

export type OptionKind = 'text' | 'list' | 'whole' | 'duration' | 'flag' | 'choice';

export type OptionSpec = {
  readonly kind: OptionKind;
  readonly summary: string;
  /** As a user would write it; an option without one is undefined (a flag: false) when absent. */
  readonly fallback?: string;
  readonly choices?: readonly string[];
  readonly min?: number;
};

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** Parsed values by option name; use the typed getters. */
export class ParsedOptions {
  readonly positionals: readonly string[];
  readonly #values: ReadonlyMap<string, string | number | boolean>;
  readonly #lists: ReadonlyMap<string, readonly string[]>;

  constructor(
    values: ReadonlyMap<string, string | number | boolean>,
    lists: ReadonlyMap<string, readonly string[]>,
    positionals: readonly string[],
  ) {
    this.#values = values;
    this.#lists = lists;
    this.positionals = positionals;
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values.get(name);
    return typeof value === 'number' ? value : undefined;
  }

  /** The values of an option that may be given several times. */
  list(name: string): readonly string[] {
    return this.#lists.get(name) ?? [];
  }

  flag(name: string): boolean {
    return this.#values.get(name) === true;
  }
}

export type ParseOutcome =
  | { readonly ok: true; readonly options: ParsedOptions }
  | { readonly ok: false; readonly message: string };

/** Parses `--name value`, `--name=value` and flags; what does not start with `--` is a positional. */
export function parseOptions(args: readonly string[], table: OptionTable): ParseOutcome {
  const values = new Map<string, string | number | boolean>();
  const lists = new Map<string, readonly string[]>();
  const positionals: string[] = [];
  for (const [name, spec] of Object.entries(table)) {
    if (spec.fallback === undefined) continue;
    const value = readValue(spec, spec.fallback);
    if (value !== undefined) values.set(name, value);
  }
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (!arg.startsWith('--')) {
      positionals.push(arg);
      continue;
    }
    const equals = arg.indexOf('=');
    const name = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
    const spec = Object.hasOwn(table, name) ? table[name] : undefined;
    if (spec === undefined) return { ok: false, message: `There is no option --${name}; see --help.` };
    if (spec.kind === 'flag') {
      if (equals >= 0) return { ok: false, message: `--${name} takes no value.` };
      values.set(name, true);
      continue;
    }
    const written = equals < 0 ? args[++index] : arg.slice(equals + 1);
    const value = written === undefined ? undefined : readValue(spec, written);
    if (value === undefined) {
      return { ok: false, message: `--${name} expects ${expectation(spec)}, found ${written ?? 'nothing'}.` };
    }
    if (spec.kind === 'list') lists.set(name, [...(lists.get(name) ?? []), String(value)]);
    else values.set(name, value);
  }
  return { ok: true, options: new ParsedOptions(values, lists, positionals) };
}

/** One line for each option, aligned. */
export function printOptions(table: OptionTable): string {
  const rows = Object.entries(table).map(([name, spec]) => {
    const left = spec.kind === 'flag' ? `--${name}` : `--${name} ${placeholder(spec)}`;
    const fallback = spec.fallback === undefined ? '' : ` (default ${spec.fallback})`;
    return { left, right: `${spec.summary}${fallback}` };
  });
  const width = Math.max(...rows.map((row) => row.left.length));
  return rows.map((row) => `  ${row.left.padEnd(width)}  ${row.right}`).join('\n');
}

function readValue(spec: OptionSpec, written: string): string | number | undefined {
  switch (spec.kind) {
    case 'text':
    case 'list':
      return written === '' ? undefined : written;
    case 'choice':
      return spec.choices?.includes(written) === true ? written : undefined;
    case 'whole': {
      const digits = written.replaceAll(/(?<=\d)[_,](?=\d)/g, '');
      const value = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
      return Number.isSafeInteger(value) && value >= (spec.min ?? 0) ? value : undefined;
    }
    case 'duration': {
      const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(written);
      const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] ?? 's'] ?? 1_000;
      const valueMs = match === null ? Number.NaN : Math.round(Number(match[1]) * unitMs);
      return Number.isSafeInteger(valueMs) && valueMs >= (spec.min ?? 0) ? valueMs : undefined;
    }
    case 'flag':
      return undefined;
  }
}

function placeholder(spec: OptionSpec): string {
  if (spec.kind === 'choice') return (spec.choices ?? []).join('|');
  return { text: 'TEXT', list: 'TEXT', whole: 'N', duration: 'TIME', flag: '' }[spec.kind];
}

function expectation(spec: OptionSpec): string {
  switch (spec.kind) {
    case 'choice':
      return `one of ${(spec.choices ?? []).join(', ')}`;
    case 'whole':
      return `a whole number${spec.min === undefined ? '' : ` of at least ${spec.min}`}`;
    case 'duration':
      return 'a time such as 90s, 5m or 500ms';
    default:
      return 'a value';
  }
}
