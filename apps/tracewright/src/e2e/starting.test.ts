/** How the program starts: which setting wins, what it refuses to start with, and what it starts without. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, LISTENERS, RunningServer, runProgram } from '../testing/running-server.ts';
import { GrpcSender, postOtlp, rejectedIn } from '../testing/send-otlp.ts';
import { encodeTraces, goodSpan, hexId } from '../testing/span-messages.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracewright-starting-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function configFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function answers(port: number, path: string): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
}

test('a flag wins over the environment, the environment over the file', async () => {
  const ports = await Promise.all(Array.from({ length: 6 }, () => freePort()));
  const [flag, environment, file, lost1, lost2, lost3] = ports as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const config = configFile(
    'precedence.yaml',
    `api:\n  port: ${lost1}\nhealth:\n  port: ${lost2}\nmetrics:\n  port: ${file}\nlog:\n  level: error\n`,
  );
  // The server's own flags name all ports, so those of this test come last where they are flags.
  const server = await RunningServer.start();
  try {
    await server.stop();
    const keys = LISTENERS.filter((key) => key.startsWith('receivers'));
    const started = runProgram(
      [
        ...['serve', '--config', config, '--data', server.dataPath, '--api.port', String(flag)],
        ...keys.flatMap((key) => [`--${key}.port`, String(server.port(key))]),
      ],
      { TRACEWRIGHT_API_PORT: String(lost3), TRACEWRIGHT_HEALTH_PORT: String(environment) },
    );
    await server.until('it is ready', () => answers(environment, '/ready'));
    assert.equal(await answers(flag, '/api/tracewright/v1/status'), true);
    assert.equal(await answers(file, '/metrics'), true);
    for (const port of [lost1, lost2, lost3]) assert.equal(await answers(port, '/'), false);
    const { stderr } = await started.stop();
    assert.ok(!stderr.includes('"level":"info"'), 'log.level of the file holds');
  } finally {
    await server.dispose();
  }
});

test('unknown keys and wrong values end the start with code 2, the place and the nearest key', async () => {
  const serve = ['serve', '--data', join(folder, 'never')];
  const wrong: [string, string[], Record<string, string>, RegExp[]][] = [
    [
      'a key of the file',
      ['--config', configFile('key.yaml', 'wal:\n  sync: group\n  segmentIntervall: 1s\n')],
      {},
      [/key\.yaml:3/, /wal\.segmentIntervall/, /wal\.segmentInterval\b/],
    ],
    [
      'a value of the file',
      ['--config', configFile('value.yaml', 'wal:\n  sync: sometimes\n')],
      {},
      [/value\.yaml:2/, /sometimes/, /none/, /group/],
    ],
    ['a file that is no YAML', ['--config', configFile('bad.yaml', 'wal: [\n')], {}, [/bad\.yaml/]],
    ['a file that is not there', ['--config', join(folder, 'none.yaml')], {}, [/no such file/]],
    ['a variable', [], { TRACEWRIGHT_WAL_SNYC: 'group' }, [/TRACEWRIGHT_WAL_SNYC/, /TRACEWRIGHT_WAL_SYNC/]],
    ['a flag', ['--wal.snyc', 'group'], {}, [/--wal\.snyc/, /--wal\.sync/]],
    ['a value of a flag', ['--api.port', '70000'], {}, [/--api\.port/, /65535/]],
    [
      'the same port twice',
      ['--api.port', '9999', '--metrics.port', '9999'],
      {},
      [/api\.port/, /metrics\.port/],
    ],
  ];
  for (const [what, args, env, words] of wrong) {
    const { code, stderr, stdout } = await runProgram([...serve, ...args], env).ended;
    assert.equal(code, 2, `${what}: ${stderr}`);
    assert.equal(stdout, '');
    for (const word of words) assert.match(stderr, word, what);
  }
});

test('a port in use is told with its setting and its holder, and the other listeners start', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const server = await RunningServer.start();
  try {
    assert.equal(await server.stop(), 0);
    server.setPort('receivers.otlp.http', port);
    server.launch();
    await server.until('the store is open', async () => (await server.status())?.storage.state === 'ready');
    const status = await server.status();
    const [grpc, http] = ['otlp/grpc', 'otlp/http'].map((id) =>
      status?.receivers.find((each) => each.id === id),
    );
    assert.equal(status?.ready, false);
    assert.equal(grpc?.listening, true);
    assert.equal(http?.listening, false);
    const told = new RegExp(
      `127\\.0\\.0\\.1:${port} \\(setting receivers\\.otlp\\.http\\.port\\): the port is in use`,
    );
    assert.match(http?.error ?? '', told);
    assert.match(server.log, told);
    if (process.platform === 'linux')
      assert.match(http?.error ?? '', new RegExp(`process ${process.pid}\\)`));
    const ready = await fetch(server.url('health', '/ready'));
    assert.equal(ready.status, 503);
    assert.match(JSON.stringify(await ready.json()), /otlp\/http/);
    assert.equal((await fetch(server.url('health', '/live'))).status, 200);
    using sender = new GrpcSender(server);
    assert.equal((await sender.call('traces', encodeTraces('beside', [goodSpan(1, 1)]))).code, 0);
    await server.until('the span is found', () =>
      answers(server.port('api'), `/api/tracewright/v1/traces/${hexId(16, 1)}`),
    );
    assert.equal(await server.stop(), 0);
  } finally {
    holder.close();
    await server.dispose();
  }
});

test('while the store cannot be reached it accepts, says so instead of "ready", and ends well', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = await RunningServer.reserve(['--storage.url', url]);
  try {
    server.launch();
    await server.until('the banner is printed', async () => server.log.includes('Tracewright is '));
    assert.match(
      server.log,
      new RegExp(`Tracewright is accepting after .*; the store at ${url} cannot be used yet: .*ECONNREFUSED`),
    );
    assert.doesNotMatch(server.log, /is ready/);
    assert.equal(rejectedIn(await postOtlp(server, 'traces', encodeTraces('waits', [goodSpan(3, 1)]))), 0);
    assert.equal(await server.stop(), 0);
    assert.match(server.log, /Stopped: 1 segments are stored at the next start/);
  } finally {
    await server.dispose();
  }
});

test('a second process on the same folder is refused in words, and the first goes on', async () => {
  const server = await RunningServer.start();
  try {
    const ports = LISTENERS.flatMap((key) => [`--${key}.port`, '0']);
    const { code, stderr } = await runProgram(['serve', '--data', server.dataPath, ...ports]).ended;
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`in use by process ${server.pid} since .*--data DIR`));
    assert.equal(rejectedIn(await postOtlp(server, 'traces', encodeTraces('first', [goodSpan(2, 1)]))), 0);
    await server.settled();
    // Killed without a word, it leaves a lock that holds nobody up.
    await server.kill();
    await server.restart();
    assert.equal(await answers(server.port('api'), `/api/tracewright/v1/traces/${hexId(16, 2)}`), true);
  } finally {
    await server.dispose();
  }
});

test('a data folder that cannot be is told in one sentence', async () => {
  const file = configFile('file', '');
  const { code, stderr } = await runProgram(['serve', '--data', join(file, 'below')]).ended;
  assert.equal(code, 1);
  assert.match(stderr, /Cannot use the data folder .*file.below: .* is a file/);
});
