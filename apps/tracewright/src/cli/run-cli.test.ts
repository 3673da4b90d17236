import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogue } from '../commands/catalogue.ts';
import { allOptions, type Command } from './command.ts';
import { displayWidth, withoutColour } from './display-text.ts';
import { runCli } from './run-cli.ts';
import { type TestTerminalOptions, testTerminal } from './testing/test-terminal.ts';

async function run(args: readonly string[], options: TestTerminalOptions = {}) {
  const made = testTerminal(options);
  const code = await runCli(args, made.terminal);
  return { code, out: made.out(), err: made.err() };
}

function everyCommand(command: Command = catalogue, path: readonly string[] = []): [string[], Command][] {
  const below = (command.commands ?? []).flatMap((verb) => everyCommand(verb, [...path, verb.name]));
  return [[[...path], command], ...below];
}

test('every verb has help on stdout, examples before options, within the width of the window', async () => {
  for (const [path, command] of everyCommand()) {
    const { code, out, err } = await run([...path, '--help'], { columns: 72 });
    assert.deepEqual([code, err], [0, ''], path.join(' '));
    const plain = withoutColour(out);
    if (command.hidden !== true) assert.ok(plain.indexOf('Examples:') > 0, path.join(' '));
    assert.ok(plain.indexOf('Examples:') < plain.indexOf('Options:'), path.join(' '));
    for (const line of plain.split('\n'))
      assert.ok(displayWidth(line) <= 72 || /^ {2}(tracewright|source) /.test(line), line);
  }
});

test('every verb that prints data can print JSON, and every example is a call that parses', async () => {
  for (const [path, command] of everyCommand()) {
    if (command.class === 'finite' && command.load !== undefined && command.hidden !== true)
      assert.ok('json' in command.options, path.join(' '));
    for (const { line } of command.examples) {
      const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
      const from = words.findIndex((word) => /^(<\()?tracewright$/.test(word));
      const end = words.findIndex((word) => word === '|' || word === '>');
      const args = words.slice(from + 1, end < 0 ? undefined : end).map((word) => word.replace(/\)$/, ''));
      let verb: Command | undefined = catalogue;
      while (verb?.commands !== undefined) {
        const name = args.shift();
        verb = verb.commands.find((one) => one.name === name);
      }
      assert.ok(verb !== undefined, line);
      const flags = Object.values(allOptions(verb)).flatMap((option) => [option.flag, option.short]);
      for (const arg of args)
        if (/^--?[a-z]/i.test(arg) && verb.settings !== true)
          assert.ok(flags.includes(arg), `${line}: ${arg}`);
    }
  }
});

test('flags of a verb are spelled once, and values are described', () => {
  for (const [path, command] of everyCommand()) {
    const options = Object.values(allOptions(command));
    const flags = options.flatMap((option) =>
      option.short === undefined ? [option.flag] : [option.flag, option.short],
    );
    assert.equal(new Set(flags).size, flags.length, path.join(' '));
    for (const option of options) assert.match(option.summary, /[.)]$/, `${path.join(' ')} ${option.flag}`);
  }
});

test('called without a verb the program shows help; a group without a verb is a mistake', async () => {
  const bare = await run([]);
  assert.deepEqual([bare.code, bare.err], [0, '']);
  assert.match(bare.out, /Usage: tracewright <command>/);
  const group = await run(['config']);
  assert.deepEqual([group.code, group.out], [2, '']);
  assert.match(group.err, /Usage: tracewright config <command>/);
  const helped = await run(['help', 'trace']);
  assert.equal(helped.code, 0);
  assert.match(helped.out, /Usage: tracewright trace <id>/);
});

test('what is unknown is named together with what was probably meant', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['sarch'], /unknown command 'sarch'\n\(Did you mean search\?\)/],
    [['config', 'prnt'], /Did you mean print\?/],
    [['search', '--servce', 'x'], /unknown option '--servce'\n\(Did you mean --service\?\)/],
    [['trace'], /missing required argument 'id'/],
    [['trace', 'a', 'b'], /too many arguments/],
    [['search', '--service'], /argument missing/],
    [['completion', 'bsh'], /shell cannot be "bsh"; expected one of bash, zsh, fish; did you mean bash\?/],
    [
      ['search', '--color', 'sometimes'],
      /--color cannot be "sometimes"; expected one of auto, always, never/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, out, err } = await run(args);
    assert.deepEqual([code, out], [2, ''], args.join(' '));
    assert.match(err, message);
    assert.match(err, /Run "tracewright[a-z ]* --help" to see how it is called\./);
  }
});

test('all mistakes of one call are reported together', async () => {
  const wrong = await run(['search', '--limit', 'many', '--kind', 'srver', '--server', 'localhost']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /--limit cannot be "many"/);
  assert.match(wrong.err, /--kind cannot be "srver".*did you mean server\?/);
  assert.match(wrong.err, /--server cannot be "localhost"; expected an address that starts with http/);
  const serve = await run([
    'serve',
    '--wal.sync',
    'grup',
    '--listn.host',
    'x',
    '--api.port',
    '4317',
    'stray',
  ]);
  assert.equal(serve.code, 2);
  assert.deepEqual(serve.err.split('\n').slice(0, -1), [
    'flag --listn.host: unknown flag --listn.host; did you mean --listen.host?',
    'flag stray: stray belongs to nothing',
    'flag --wal.sync: wal.sync cannot be "grup"; expected one of none, group; did you mean group?',
    'The server does not start: 3 mistakes in the configuration.',
  ]);
});

test('options that many verbs have may stand before the verb', async () => {
  const at = 'http://127.0.0.1:1';
  for (const early of [
    ['--server', at],
    [`--server=${at}`],
    ['--color', 'never', '--server', at, '--json'],
  ]) {
    const { code, err } = await run([...early, 'status']);
    assert.deepEqual([code, /Cannot reach http:\/\/127\.0\.0\.1:1:/.test(err)], [1, true], err);
  }
  for (const early of [['--color', 'never'], ['--color=never']])
    assert.equal((await run([...early, '--help'])).code, 0);
  assert.match((await run(['--server', at, 'stats'])).err, /unknown/);
});

test('a word that is near nothing gets no suggestion', async () => {
  const { code, err } = await run(['bogus']);
  assert.equal(code, 2);
  assert.doesNotMatch(err, /Did you mean/);
});

test('a bare number is no time, and a limit has a bound', async () => {
  const of = async (...args: string[]): Promise<string> => (await run(args)).err;
  assert.equal(await of('search', '--since', '5'), 'tracewright: --since: 5 of what? 5s, 5m, 5h\n');
  assert.match(await of('logs', '--since', '5'), /5 of what\?/);
  assert.match(
    await of('search', '--limit', '99999999'),
    /--limit cannot be "99999999"; expected a whole number from 1 to 10000/,
  );
  assert.match(await of('logs', '--limit', '0'), /without --follow/);
});

test('the value of a secret is never repeated', async () => {
  const { err } = await run(['services', '--token', 'hunter2\nx']);
  assert.match(err, /--token cannot be the given value/);
  assert.ok(!err.includes('hunter2'));
});

test('colour follows the flag, the environment and the terminal', async () => {
  const isColoured = async (args: string[], options: TestTerminalOptions) =>
    (await run([...args, '--help'], options)).out.includes('\x1b[');
  assert.equal(await isColoured(['trace'], { isTty: true }), true);
  assert.equal(await isColoured(['trace'], {}), false);
  assert.equal(await isColoured(['trace'], { isTty: true, env: { NO_COLOR: '1' } }), false);
  assert.equal(await isColoured(['trace'], { isTty: true, env: { TERM: 'dumb' } }), false);
  assert.equal(await isColoured(['trace'], { env: { FORCE_COLOR: '1' } }), true);
  assert.equal(await isColoured(['trace', '--color', 'always'], {}), true);
  assert.equal(await isColoured(['trace', '--color=never'], { isTty: true }), false);
});

test('contradictions are mistakes of usage', async () => {
  for (const args of [
    ['search', '--errors', '--status', 'ok'],
    ['search', '--since', '1h', '--from', '-2h'],
    ['search', '--tag', '=x'],
    ['logs', '--since', '1h', '--from', '-2h'],
    ['logs', '--follow', '--to', 'now'],
    ['logs', '--trace', 'zzz'],
    ['logs', '--span', 'zzz'],
    ['trace', 'not-an-id'],
    ['trace', 'ab', '--span', 'zzz'],
  ]) {
    const { code, out, err } = await run(args, { env: { TRACEWRIGHT_SERVER: 'http://127.0.0.1:1' } });
    assert.deepEqual([code, out], [2, ''], args.join(' '));
    assert.match(err, /^tracewright: /);
  }
});
