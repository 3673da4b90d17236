/**
 * Help as text: what the verb does, how it is called, examples, and only then the options.
 */
import { wrap } from '@tracewright/config';
import { type ArgumentSpec, allOptions, type Command, type OptionSpec } from './command.ts';
import type { Style } from './style.ts';

export interface HelpOptions {
  /** The words that call the verb: ['tracewright', 'config', 'print']. */
  readonly path: readonly string[];
  readonly width: number;
  readonly style: Style;
}

export function printHelp(command: Command, { path, width, style }: HelpOptions): string {
  const columns = Math.max(40, Math.min(width, 100));
  const lines: string[] = [
    ...wrap(command.summary, columns),
    '',
    `${style.bold('Usage:')} ${usage(command, path)}`,
  ];
  for (const paragraph of command.description?.split('\n\n') ?? [])
    lines.push('', ...wrap(paragraph, columns));
  if (command.examples.length > 0) lines.push('', style.bold('Examples:'));
  for (const { line, about } of command.examples) {
    lines.push(...wrap(about, columns - 4).map((text) => style.dim(`  # ${text}`)), `  ${line}`);
  }
  const verbs = (command.commands ?? []).filter((verb) => verb.hidden !== true);
  section(
    'Commands:',
    verbs.map((verb) => [[verb.name, ...argumentsText(verb)].join(' '), verb.summary]),
  );
  section(
    'Arguments:',
    (command.arguments ?? []).map((argument) => [argument.name, argument.summary]),
  );
  section('Options:', [
    ...(command.load === undefined ? [] : Object.values(allOptions(command)).map(optionRow)),
    ['-h, --help', 'Show this help.'],
    ...(path.length === 1 ? [['--version', 'Print the version.'] as const] : []),
  ]);
  if (command.settings === true) {
    lines.push(
      '',
      ...wrap(
        'Every setting is a flag too, such as --listen.host 0.0.0.0 or --data DIR (short for --storage.path). "tracewright config print" shows them all, "tracewright config reference" explains them.',
        columns,
      ),
    );
  }
  return `${lines.join('\n')}\n`;

  function section(title: string, rows: readonly (readonly [string, string])[]): void {
    if (rows.length === 0) return;
    const left = Math.min(Math.max(...rows.map(([name]) => name.length)), 30);
    lines.push('', style.bold(title));
    for (const [name, summary] of rows) {
      const [first = '', ...more] = wrap(summary, Math.max(20, columns - left - 4));
      if (name.length > left) lines.push(`  ${name}`, `  ${' '.repeat(left)}  ${first}`);
      else lines.push(`  ${name.padEnd(left)}  ${first}`);
      for (const line of more) lines.push(`  ${' '.repeat(left)}  ${line}`);
    }
  }
}

function usage(command: Command, path: readonly string[]): string {
  const rest = command.load === undefined ? ['<command>'] : [...argumentsText(command), '[options]'];
  return [...path, ...rest].join(' ');
}

function argumentsText(command: Command): string[] {
  return (command.arguments ?? []).map((argument: ArgumentSpec) =>
    argument.optional === true ? `[${argument.name}]` : `<${argument.name}>`,
  );
}

function optionRow(option: OptionSpec): readonly [string, string] {
  const value = option.kind === 'boolean' ? '' : ` <${option.placeholder ?? option.kind}>`;
  return [`${option.short === undefined ? '' : `${option.short}, `}${option.flag}${value}`, option.summary];
}
