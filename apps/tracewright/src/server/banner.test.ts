/** The banner and the warning say what is true: of the store, of ports, of tokens. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flagLayer } from '@tracewright/config';
import { loadConfig } from '../cli/load-config.ts';
import { testTerminal } from '../cli/testing/test-terminal.ts';
import { type SettingsValues, settings } from '../settings.ts';
import { openDoorWarning, printBanner } from './banner.ts';

function valuesOf(...flags: string[]): SettingsValues {
  const loaded = loadConfig({ env: {}, cwd: '/nowhere', flags: flagLayer(settings, flags, []) });
  assert.ok(loaded.ok);
  return loaded.value.config.values;
}

const OPEN = ['--listen.host', '0.0.0.0'];
const door = (id: string, error?: string) => ({
  id,
  check: () => ({
    listening: error === undefined,
    endpoint: `http://${id}`,
    ...(error === undefined ? {} : { error }),
  }),
});

function bannerOf(
  ids: readonly (readonly [id: string, error?: string])[],
  storeProblem?: string,
  ...flags: string[]
): string {
  const { terminal, err } = testTerminal();
  printBanner({
    terminal,
    values: valuesOf(...flags),
    dataPath: '/data',
    components: ids.map(([id, error]) => door(id, error)),
    startedUnixMs: Date.now(),
    storePlace: 'http://clickhouse:8123',
    storeProblem,
  });
  return err();
}

const ALL = [['otlp/grpc'], ['otlp/http'], ['api']] as const;

test('ready is said only when the store and all ports are open', () => {
  assert.match(bannerOf(ALL), /^ {2}Tracewright is ready after \d/m);
  const away = bannerOf(ALL, 'connect ECONNREFUSED');
  assert.match(
    away,
    /^ {2}Tracewright is accepting after .*; the store at http:\/\/clickhouse:8123 cannot be used yet: connect ECONNREFUSED$/m,
  );
  assert.doesNotMatch(away, /ready/);
  const taken = bannerOf([['otlp/grpc'], ['otlp/http', 'The port is in use'], ['api']]);
  assert.match(taken, /^ {2}Tracewright is accepting after .*, but not all of its ports are open$/m);
  assert.match(taken, /NOT LISTENING\. The port is in use/);
  const deaf = bannerOf([['otlp/grpc', 'in use'], ['api']], 'away');
  assert.match(deaf, /^ {2}Tracewright runs after .*, but not all of its ports are open; the store at/m);
});

test('where to send is said of what takes something in', () => {
  assert.match(bannerOf(ALL), /ENDPOINT to one of the first two/);
  assert.match(bannerOf([['otlp/http'], ['api']]), /ENDPOINT to the first address/);
  assert.doesNotMatch(bannerOf([['api']]), /ENDPOINT/);
});

test('who may do what without a token is said of the listeners that are open', () => {
  assert.match(bannerOf(ALL, undefined, ...OPEN), /may send and look WITHOUT a token/);
  assert.match(bannerOf(ALL, undefined, ...OPEN, '--auth.queryToken', 'q'), /may send WITHOUT a token/);
  assert.match(bannerOf(ALL, undefined, ...OPEN, '--auth.token', 't'), /0\.0\.0\.0 and has the token$/m);
});

test('an open host is warned of for each token that is missing, and one does not stand for the other', () => {
  const noSending = ['--no-receivers.otlp.grpc.enabled', '--no-receivers.otlp.http.enabled'];
  const noLooking = ['--no-api.enabled', '--no-metrics.enabled'];
  const cases: readonly (readonly [flags: readonly string[], warning: RegExp | undefined])[] = [
    [[], undefined],
    [OPEN, /can send and read everything: auth\.token asks/],
    [[...OPEN, '--auth.token', 't'], undefined],
    [[...OPEN, '--auth.ingestToken', 'i'], /can read everything: auth\.queryToken asks/],
    [[...OPEN, '--auth.queryToken', 'q'], /can send: auth\.ingestToken asks/],
    [[...OPEN, '--auth.ingestToken', 'i', '--auth.queryToken', 'q'], undefined],
    [[...OPEN, ...noSending], /can read everything: auth\.queryToken asks/],
    [[...OPEN, ...noSending, '--auth.ingestToken', 'i'], /can read everything: auth\.queryToken asks/],
    [[...OPEN, ...noSending, '--auth.queryToken', 'q'], undefined],
    [[...OPEN, ...noLooking], /can send: auth\.ingestToken asks/],
    [[...OPEN, ...noLooking, '--auth.ingestToken', 'i'], undefined],
    [[...OPEN, '--no-api.enabled', '--auth.ingestToken', 'i'], /can read everything: auth\.queryToken asks/],
    [[...OPEN, '--no-receivers.otlp.grpc.enabled', '--auth.queryToken', 'q'], /can send: auth\.ingestToken/],
  ];
  for (const [flags, warning] of cases) {
    const told = openDoorWarning(valuesOf(...flags));
    if (warning === undefined) assert.equal(told, undefined, flags.join(' '));
    else assert.match(told ?? '', warning, flags.join(' '));
  }
});
