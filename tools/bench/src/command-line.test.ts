import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OptionTable, parseOptions, printOptions } from './command-line.ts';

const TABLE: OptionTable = {
  rate: { kind: 'whole', min: 1, summary: 'spans a second' },
  duration: { kind: 'duration', fallback: '10s', summary: 'how long' },
  protocol: { kind: 'choice', choices: ['grpc', 'http'], fallback: 'http', summary: 'how' },
  set: { kind: 'list', summary: 'several times' },
  quick: { kind: 'flag', summary: 'shorter' },
};

test('values, defaults, both spellings and positionals are read', () => {
  const parsed = parseOptions(['ingest', '--rate=50_000', '--duration', '1.5m', '--quick', 'paced'], TABLE);
  assert.ok(parsed.ok);
  assert.equal(parsed.options.number('rate'), 50_000);
  assert.equal(parsed.options.number('duration'), 90_000);
  assert.equal(parsed.options.text('protocol'), 'http');
  assert.equal(parsed.options.flag('quick'), true);
  assert.deepEqual(parsed.options.positionals, ['ingest', 'paced']);
  const lists = parseOptions(['--set', 'a=1', '--set=b=2'], TABLE);
  assert.deepEqual(lists.ok && lists.options.list('set'), ['a=1', 'b=2']);
  assert.deepEqual(parsed.options.list('set'), []);
});

test('wrong options are answered with a sentence', () => {
  const wrong: [string[], RegExp][] = [
    [['--rat', '5'], /no option --rat/],
    [['--rate', '0'], /--rate expects a whole number of at least 1, found 0/],
    [['--rate'], /found nothing/],
    [['--duration', '5 parsecs'], /expects a time such as/],
    [['--protocol', 'udp'], /one of grpc, http/],
    [['--quick=yes'], /takes no value/],
    [['--toString', '1'], /no option --toString/],
  ];
  for (const [args, expected] of wrong) {
    const parsed = parseOptions(args, TABLE);
    assert.ok(!parsed.ok);
    assert.match(parsed.message, expected);
  }
});

test('help names every option and its default', () => {
  const help = printOptions(TABLE);
  for (const name of Object.keys(TABLE)) assert.ok(help.includes(`--${name}`));
  assert.ok(help.includes('(default 10s)'));
});
