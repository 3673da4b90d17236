/**
 * The command line: arguments → one verb that runs → exit code.
 *
 * Commander splits the arguments; what they mean is read from the data in `commands/catalogue.ts`. All mistakes
 * of one call are reported together, on stderr, with what was expected and the nearest known word.
 */
import { type FlagLayer, nearestName, parseValue, type ValueSpec } from '@tracewright/config';
import { CommanderError, Option, Command as Parser } from 'commander';
import { catalogue } from '../commands/catalogue.ts';
import {
  allOptions,
  type Call,
  type Command,
  commonOptions,
  jsonOption,
  type OptionSpec,
  type OptionSpecs,
  type OptionValue,
  serverOptions,
} from './command.ts';
import { exitCode } from './exit-code.ts';
import { printHelp } from './print-help.ts';
import { createStyle } from './style.ts';
import { type ColourMode, colourDepth, colourModes, type Terminal } from './terminal.ts';
import { version } from './version.ts';

/** Runs what `args` say (without node and script) and returns the exit code. Never throws for a user's mistake. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const colours = colourDepth(colourModeOf(args), terminal.env, terminal.stdout.isTty);
  const style = createStyle(colours);
  let outcome: number = exitCode.ok;
  const root = build(catalogue, [catalogue.name]);
  root.version(version, '--version', 'Print the version.');
  try {
    await root.parseAsync(commandFirst(args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const asked = ['commander.helpDisplayed', 'commander.version'].includes(error.code);
    // A group called without a verb shows its help: at the root that is an answer, below it a mistake.
    if (error.code === 'commander.help')
      return args.length === 0 || args[0] === 'help' ? exitCode.ok : exitCode.usage;
    return asked ? exitCode.ok : exitCode.usage;
  }
  await terminal.drained();
  return outcome;

  function build(command: Command, path: readonly string[]): Parser {
    const parser = new Parser(command.name);
    const calledAs = path.join(' ');
    parser
      .exitOverride()
      .summary(command.summary)
      .showSuggestionAfterError(false)
      .showHelpAfterError(`Run "${calledAs} --help" to see how it is called.`)
      .configureHelp({
        formatHelp: () => printHelp(command, { path, style, width: terminal.stdout.columns ?? 80 }),
      })
      .configureOutput({
        // The colours are decided here; Commander would take them out by rules of its own.
        getOutHasColors: () => true,
        getErrHasColors: () => true,
        writeOut: (text) => terminal.stdout.write(text),
        // Help that nobody asked for by name still answers the bare "tracewright".
        writeErr: (text) => (args.length === 0 ? terminal.stdout : terminal.stderr).write(text),
        outputError: (text, write) => write(suggested(text.replace(/^error: /, 'tracewright: '), command)),
      });
    for (const verb of command.commands ?? [])
      parser.addCommand(build(verb, [...path, verb.name]), { hidden: verb.hidden === true });
    if (command.load === undefined) return parser;
    for (const argument of command.arguments ?? [])
      parser.argument(
        argument.optional === true ? `[${argument.name}]` : `<${argument.name}>`,
        argument.summary,
      );
    const options = allOptions(command);
    for (const [name, option] of Object.entries(options)) parser.addOption(commanderOption(name, option));
    if (command.settings === true) parser.allowUnknownOption().allowExcessArguments();
    parser.action(async () => {
      outcome = await call(command, options, parser, calledAs);
    });
    return parser;
  }

  async function call(
    command: Command,
    specs: OptionSpecs,
    parser: Parser,
    calledAs: string,
  ): Promise<number> {
    const { values, mistakes } = understand(specs, parser.opts());
    const count = command.arguments?.length ?? 0;
    const positional = command.settings === true ? [] : parser.args.slice(0, count);
    for (const [i, argument] of (command.arguments ?? []).entries()) {
      const given = positional[i];
      if (given === undefined || argument.values === undefined || argument.values.includes(given)) continue;
      const nearest = nearestName(given, argument.values);
      mistakes.push(
        `${argument.name} cannot be ${JSON.stringify(given)}; expected one of ${argument.values.join(', ')}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
      );
    }
    if (mistakes.length > 0) {
      for (const mistake of mistakes) terminal.stderr.write(`tracewright: ${mistake}\n`);
      terminal.stderr.write(`Run "${calledAs} --help" to see how it is called.\n`);
      return exitCode.usage;
    }
    const settingFlags = command.settings === true ? await settingFlagsOf(parser.args, specs) : noFlags;
    const run = await command.load?.();
    const made: Call = {
      terminal,
      style,
      colours,
      options: values as Call['options'],
      arguments: positional,
      settingFlags,
    };
    return run === undefined ? exitCode.usage : run(made);
  }
}

const noFlags: FlagLayer = { entries: [], problems: [], rest: [] };

/** Only commands that need them pay for loading the settings. */
async function settingFlagsOf(args: readonly string[], specs: OptionSpecs): Promise<FlagLayer> {
  const [{ flagLayer }, { settings }] = await Promise.all([
    import('@tracewright/config'),
    import('../settings.ts'),
  ]);
  const own = Object.values(specs).map((option) => option.flag);
  return flagLayer(settings, args, [...own, '--help']);
}

/** The nearest known word below an unknown one; silent where nothing is near, as a far guess only misleads. */
function suggested(text: string, command: Command): string {
  const [, what, word = ''] = /unknown (command|option) '([^']+)'/.exec(text) ?? [];
  if (what === undefined) return text;
  const known =
    what === 'command'
      ? (command.commands ?? []).filter((verb) => verb.hidden !== true).map((verb) => verb.name)
      : [...Object.values(allOptions(command)).map((option) => option.flag), '--help'];
  const nearest = nearestName(word, known);
  return nearest === undefined ? text : `${text.trimEnd()}\n(Did you mean ${nearest}?)\n`;
}

/** Options that stand before the verb, behind it: `--color never status` is `status --color never`. */
function commandFirst(args: readonly string[]): string[] {
  const early = Object.values({ ...commonOptions, ...serverOptions }).map((option): string => option.flag);
  let at = 0;
  for (let arg = args[at]; arg !== undefined; arg = args[at]) {
    if (early.includes(arg)) at += 2;
    else if (early.some((flag) => arg.startsWith(`${flag}=`)) || arg === jsonOption.json.flag) at++;
    else break;
  }
  const rest = args.slice(at);
  let verb: Command | undefined = catalogue;
  let end = 0;
  while (verb?.commands !== undefined && end < rest.length) {
    verb = verb.commands.find((one) => one.name === rest[end]);
    if (verb !== undefined) end++;
  }
  // Without a verb to give them to, colours still hold for the help that is shown; the rest would say nothing.
  if (end === 0) return args[0]?.startsWith(commonOptions.color.flag) === true ? rest : [...args];
  return [...rest.slice(0, end), ...args.slice(0, at), ...rest.slice(end)];
}

/** Colour is needed before the arguments are parsed, since help and mistakes are coloured too. */
function colourModeOf(args: readonly string[]): ColourMode {
  const at = args.findIndex((arg) => arg === '--color' || arg.startsWith('--color='));
  const word = at < 0 ? undefined : (args[at]?.split('=')[1] ?? args[at + 1]);
  return colourModes.find((mode) => mode === word) ?? 'auto';
}

function commanderOption(name: string, spec: OptionSpec): Option {
  const value = spec.kind === 'boolean' ? '' : ` <${spec.placeholder ?? spec.kind}>`;
  const flags = `${spec.short === undefined ? '' : `${spec.short}, `}${spec.flag}${value}`;
  const option = new Option(flags, spec.summary);
  // Commander would name the value after the flag; the program's code names it by the key of the specs.
  option.attributeName = () => name;
  // "--no-logs" is a name like any other: absent is false, not the opposite of something.
  option.negate = false;
  if (spec.repeat === true) option.argParser((given: string, before: string[] = []) => [...before, given]);
  return option;
}

interface Understood {
  readonly values: Record<string, OptionValue>;
  readonly mistakes: string[];
}

function understand(specs: OptionSpecs, raw: Readonly<Record<string, unknown>>): Understood {
  const values: Record<string, OptionValue> = {};
  const mistakes: string[] = [];
  for (const [name, spec] of Object.entries(specs)) {
    const given = raw[name] ?? spec.default;
    if (spec.repeat === true) values[name] = Array.isArray(given) ? given : [];
    else if (spec.kind === 'boolean') values[name] = given === true;
    else if (typeof given === 'string') {
      const result = parseValue(spec as ValueSpec, given);
      if (result.ok) values[name] = result.value;
      else {
        const { expected, words } = result.failure;
        const nearest = words === undefined ? undefined : nearestName(given, words);
        const shown = spec.kind === 'secret' ? 'the given value' : JSON.stringify(given);
        const tail = nearest === undefined ? '' : `; did you mean ${nearest}?`;
        mistakes.push(`${spec.flag} cannot be ${shown}; expected ${expected}${tail}`);
      }
    }
  }
  return { values, mistakes };
}
