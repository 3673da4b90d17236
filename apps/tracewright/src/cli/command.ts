/**
 * Command: what the command line knows of a verb before it runs, as data.
 *
 * Parsing, `--help`, completion and the tests all read the same value. The code that does the work is loaded
 * only when it is called, so that `--help` stays quick.
 */
import type { FlagLayer, SettingValue, ValueOf, ValueSpec } from '@tracewright/config';
import type { Style } from './style.ts';
import type { ColourDepth, Terminal } from './terminal.ts';

/** Names that only the running system knows, for completion. */
export type LiveNames = 'service' | 'file';

export type OptionSpec = ValueSpec & {
  /** With dashes: '--min-duration'. */
  readonly flag: string;
  /** '-f'. */
  readonly short?: string;
  /** What help shows for the value, without brackets; a boolean has none. */
  readonly placeholder?: string;
  readonly summary: string;
  /** May be given several times; the value is then a list of texts. */
  readonly repeat?: true;
  readonly default?: string;
  readonly complete?: LiveNames;
};

export type OptionSpecs = { readonly [name: string]: OptionSpec };

/** A boolean is false when absent, an option with a default has it, any other may be undefined. */
export type OptionValues<O extends OptionSpecs> = {
  readonly [K in keyof O]: O[K] extends { readonly repeat: true }
    ? readonly string[]
    : O[K] extends { readonly kind: 'boolean' }
      ? boolean
      : O[K] extends { readonly default: string }
        ? ValueOf<O[K]>
        : ValueOf<O[K]> | undefined;
};

export interface ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  readonly optional?: true;
  readonly values?: readonly string[];
  readonly complete?: LiveNames;
}

export interface Example {
  readonly line: string;
  readonly about: string;
}

/** finite: prints and ends; stream: prints until stopped; artifact: writes a file; server: runs until stopped. */
export type CommandClass = 'finite' | 'stream' | 'artifact' | 'server';

export interface Call<O extends OptionSpecs = OptionSpecs> {
  readonly terminal: Terminal;
  readonly style: Style;
  readonly colours: ColourDepth;
  readonly options: OptionValues<O>;
  readonly arguments: readonly string[];
  /** For commands with `settings`: the flags of settings, among them the mistaken ones. */
  readonly settingFlags: FlagLayer;
}

export type Run<O extends OptionSpecs> = (call: Call<O>) => Promise<number>;

export interface CommandFacts<O extends OptionSpecs> {
  readonly name: string;
  readonly summary: string;
  /** Paragraphs below the usage line. */
  readonly description?: string;
  readonly examples: readonly Example[];
  readonly class: CommandClass;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options: O;
  /** Every setting is a flag of this command. */
  readonly settings?: true;
  /** Left out of help and completion. */
  readonly hidden?: true;
}

/** A verb that runs, or a group of verbs. */
export interface Command extends CommandFacts<OptionSpecs> {
  readonly commands?: readonly Command[];
  readonly load?: () => Promise<Run<OptionSpecs>>;
}

/** `load` is where the code comes from; the types of its options follow from the facts. */
export function defineCommand<O extends OptionSpecs>(
  facts: CommandFacts<O>,
  load: () => Promise<Run<O>>,
): Command {
  // The frame builds the options from these very specs, which is what makes the wider type true.
  return { ...facts, load: load as unknown as () => Promise<Run<OptionSpecs>> };
}

export function defineGroup(
  facts: Omit<CommandFacts<OptionSpecs>, 'options' | 'class'>,
  commands: readonly Command[],
): Command {
  return { ...facts, class: 'finite', options: {}, commands };
}

/** Options that every verb has. */
export const commonOptions = {
  color: {
    kind: 'enum',
    values: ['auto', 'always', 'never'],
    flag: '--color',
    placeholder: 'when',
    default: 'auto',
    summary: 'Colours: auto (on a terminal), always or never.',
  },
} as const;

/** Whether the answer is for a program. */
export const jsonOption = {
  json: { kind: 'boolean', flag: '--json', summary: 'Print JSON.' },
} as const;

/** Which data folder, for verbs that look at one themselves. */
export const dataOption = {
  data: {
    kind: 'path',
    flag: '--data',
    placeholder: 'folder',
    summary: 'Data folder; that of the running server, or the usual one.',
    complete: 'file',
  },
} as const;

/** Where the server is, for verbs that ask one. */
export const serverOptions = {
  server: {
    kind: 'url',
    flag: '--server',
    placeholder: 'url',
    summary: 'Server to ask; TRACEWRIGHT_SERVER, or http://127.0.0.1:16686.',
  },
  token: {
    kind: 'secret',
    flag: '--token',
    placeholder: 'token',
    summary: 'Bearer token for it; TRACEWRIGHT_TOKEN keeps it out of the list of processes.',
  },
} as const;

/** All options of a verb, its own first. */
export function allOptions(command: Command): OptionSpecs {
  return { ...command.options, ...commonOptions };
}

/** Any value an option can have once it is understood. */
export type OptionValue = SettingValue;
