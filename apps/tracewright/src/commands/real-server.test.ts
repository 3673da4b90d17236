/**
 * The commands over the real server, and as processes of their own: what they print where, and how they end.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nanoOf } from '../cli/time-text.ts';
import { RunningServer } from '../testing/running-server.ts';
import { fixedTrace, resource, traceId } from './trace/fixed-trace.ts';

const program = fileURLToPath(new URL('../main.ts', import.meta.url));
let server: RunningServer;

before(async () => {
  server = await RunningServer.start();
  await send('traces', { resourceSpans: fixedTrace.resourceSpans });
  await send('logs', { resourceLogs: fixedTrace.resourceLogs });
  await server.settled();
});
after(() => server.dispose());

async function send(signal: 'traces' | 'logs', body: unknown): Promise<void> {
  const answer = await fetch(server.url('receivers.otlp.http', `/v1/${signal}`), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.deepEqual([answer.status, await answer.json()], [200, {}]);
}

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^TRACEWRIGHT_|COLOR/.test(name)),
  );
  return spawn(process.execPath, [program, ...args], {
    env: {
      ...clean,
      NODE_OPTIONS: '',
      TRACEWRIGHT_SERVER: server.url('api'),
      LANG: 'C.UTF-8',
      TERM: 'xterm',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const child = start(args, env);
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, out, err };
}

test('a trace is found by every spelling of its id, and piped output is plain', async () => {
  const dashed = '4bf92f35-77b3-4da6-a3ce-929d0e0e4736';
  const spellings = [
    traceId,
    traceId.toUpperCase(),
    traceId.slice(16),
    dashed,
    `00-${traceId}-0000000000000006-01`,
    `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`,
  ];
  for (const id of spellings) {
    const { code, out, err } = await run(['trace', id]);
    assert.deepEqual([code, err], [0, ''], id);
    assert.ok(!out.includes('\x1b'), 'no colour, and no control character of a span');
    assert.match(out, /^Trace 4bf92f3577b34da6a3ce929d0e0e4736\ncheckout POST \/cart\n330ms · 43 spans/);
    assert.match(out, /×37 cart SELECT items/);
    assert.match(out, /✖ TimeoutError: bank did not answer\n.*asking the bank/);
    assert.equal(/▶ ✖ payments POST \/charge/.test(out), id.startsWith('00-'));
  }
  const coloured = await run(['trace', traceId], { FORCE_COLOR: '1' });
  assert.ok(coloured.out.includes('\x1b['));
});

test('--json gives the OTLP that was sent', async () => {
  const { code, out } = await run(['trace', traceId, '--json']);
  assert.equal(code, 0);
  const answer = JSON.parse(out);
  const count = (groups: { scopeSpans: { spans: unknown[] }[] }[]): number =>
    groups.flatMap((group) => group.scopeSpans.flatMap((scope) => scope.spans)).length;
  assert.equal(count(answer.resourceSpans), 43);
  assert.equal(
    answer.resourceLogs.flatMap((group: { scopeLogs: { logRecords: unknown[] }[] }) =>
      group.scopeLogs.flatMap((scope) => scope.logRecords),
    ).length,
    3,
  );
  assert.ok(!('resourceLogs' in JSON.parse((await run(['trace', traceId, '--json', '--no-logs'])).out)));
});

test('a span by itself shows all that it says', async () => {
  const { code, out } = await run(['trace', traceId, '--span', '6']);
  assert.equal(code, 0);
  assert.match(out, /\nSpan 0000000000000006 POST \/charge\n/);
  assert.match(out, /exception\.type +TimeoutError\n/);
  const absent = await run(['trace', traceId, '--span', 'abcdef']);
  assert.deepEqual(
    [absent.code, absent.err],
    [1, 'tracewright: span 0000000000abcdef is not in this trace\n'],
  );
});

test('search finds by every condition, and says where an expression is wrong', async () => {
  const found = async (...args: string[]): Promise<number> => {
    const { code, out, err } = await run(['search', '--spans', '--json', ...args]);
    assert.deepEqual([code, err], [0, ''], args.join(' '));
    return JSON.parse(out).spans.length;
  };
  assert.equal(await found('--errors'), 2);
  assert.equal(await found('--status', 'error', '--service', 'payments'), 1);
  assert.equal(await found('--name', 'SELECT items', '--limit', '100'), 37);
  assert.equal(await found('--min-duration', '100ms', '--max-duration', '250ms'), 2);
  assert.equal(await found('--kind', 'consumer'), 1);
  assert.equal(await found('--tag', 'http.response.status_code=200', '--limit', '100'), 43);
  assert.equal(await found('--tag', 'http.response.status_code=200', '--tag', 'nothing=x'), 0);
  assert.equal(await found('-q', '{ resource.service.name = "payments" && duration > 100ms }'), 1);
  assert.equal(
    await found('--from', '2026-11-24T17:33:01Z', '--to', '2026-11-24T17:33:02Z', '--limit', '7'),
    7,
  );

  const table = await run(['search', '--errors']);
  assert.match(
    table.out,
    /^STARTED .*\n2026-11-24T17:33:01\.123Z +330ms +43 +2 +checkout POST \/cart +3 +4bf92f3577b34da6a3ce929d0e0e4736\n$/,
  );
  const nothing = await run(['search', '--service', 'nobody']);
  assert.deepEqual(
    [nothing.code, nothing.out, nothing.err],
    [0, '', 'No traces match. No service is called nobody; "tracewright services" lists them\n'],
  );
  const wrong = await run(['search', '-q', '{ duration > }']);
  assert.deepEqual([wrong.code, wrong.out], [2, '']);
  assert.match(wrong.err, /\n {2}\{ duration > \}\n {15}\^\n$/);
  const duration = await run(['search', '--min-duration', 'long']);
  assert.equal(duration.code, 2);
  assert.match(duration.err, /^tracewright: --min-duration "long" is no duration/);
  const since = await run(['logs', '--since', 'yesterday']);
  assert.match(since.err, /^tracewright: --since "yesterday" is no time/);
});

test('pages go on where the last one ended', async () => {
  const ids = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < 5; page++) {
    const { out } = await run([
      'search',
      '--spans',
      '--json',
      '--limit',
      '10',
      ...(cursor === undefined ? [] : ['--cursor', cursor]),
    ]);
    const answer = JSON.parse(out);
    for (const span of answer.spans) ids.add(span.spanId);
    cursor = answer.next;
  }
  assert.deepEqual([ids.size, cursor], [43, undefined]);
  const more = await run(['search', '--spans', '--limit', '1']);
  assert.match(more.err, /^There are more: the same search with --cursor \S+\n$/);
});

test('logs by trace, span, severity and text, oldest first', async () => {
  const bodies = async (...args: string[]): Promise<string[]> => {
    const { code, out } = await run(['logs', '--json', ...args]);
    assert.equal(code, 0);
    return out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).body);
  };
  assert.deepEqual(await bodies('--trace', traceId), [
    'asking the bank',
    'no answer\nafter 3 tries',
    'left over',
  ]);
  assert.deepEqual(await bodies('--trace', `00-${traceId}-0000000000000006-01`), [
    'asking the bank',
    'no answer\nafter 3 tries',
  ]);
  assert.deepEqual(await bodies('--service', 'payments', '--severity', 'error'), [
    'no answer\nafter 3 tries',
  ]);
  assert.deepEqual(await bodies('--grep', 'left'), ['left over']);
  assert.deepEqual(await bodies('--limit', '1'), ['left over']);
  const text = await run(['logs', '--trace', traceId]);
  assert.equal(text.out.split('\n')[1], '2026-11-24T17:33:01.413Z ERROR payments no answer after 3 tries');
});

test('--follow prints what arrives, once, and ends with 130 on Ctrl-C', async () => {
  const child = start(['logs', '--follow', '--json', '--service', 'follower', '--limit', '1']);
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const say = async (body: string): Promise<void> => {
    const logRecords = [
      { timeUnixNano: `${Date.now()}000000`, severityNumber: 9, body: { stringValue: body } },
    ];
    await send('logs', { resourceLogs: [{ resource: resource('follower'), scopeLogs: [{ logRecords }] }] });
  };
  const seen = (): string[] =>
    out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).body);
  let sent = 0;
  // The first record that is seen shows that it follows; from then on none may be missing or come twice.
  await server.until('the first record is followed', async () => {
    if (seen().length > 0) return true;
    await say(`early ${sent++}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    return false;
  });
  for (const body of ['one', 'two', 'three']) await say(body);
  await server.until('all are followed', async () => seen().includes('three'));
  child.kill('SIGINT');
  await once(child, 'close');
  assert.deepEqual([child.exitCode, child.signalCode], [130, null]);
  assert.deepEqual(seen().slice(-3), ['one', 'two', 'three']);
  assert.equal(new Set(seen()).size, seen().length);
});

test('services, operations and status', async () => {
  const services = await run(['services']);
  assert.equal(services.code, 0);
  for (const name of ['cart', 'checkout', 'payments']) assert.ok(services.out.split('\n').includes(name));
  assert.match((await run(['services', 'payments'])).out, /^KIND +OPERATION\n(.*\n)*server +POST \/charge\n/);
  const unknown = await run(['services', 'nobody']);
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /^Nothing arrived from nobody\. No service is called nobody/);
  const near = await run(['logs', '--service', 'Checkout', '--grep', 'nothing of the kind']);
  assert.equal(near.err, 'No log records match. No service is called Checkout; did you mean checkout?\n');

  await server.settled();
  const status = await run(['status']);
  assert.equal(status.code, 0, status.err);
  assert.match(status.out, /: ready, up /);
  assert.match(status.out, /\nspans +43 +43 +0 +43 +0 +0 +0\n/);
  const report = JSON.parse((await run(['status', '--json'])).out);
  const { received, accepted, rejected, stored, sampledOut, quarantined, inFlight } = report.accounts.logs;
  assert.equal(received, accepted + rejected);
  assert.equal(accepted, stored + sampledOut + quarantined + inFlight);
  assert.deepEqual(
    (await run(['completion-names', 'service'])).out.split('\n').filter((name) => name === 'cart'),
    ['cart'],
  );
});

test('a reader that goes away ends the command without a word', async () => {
  const child = start(['config', 'reference']);
  child.stdout?.destroy();
  let err = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  await once(child, 'exit');
  assert.deepEqual([child.exitCode, child.signalCode, err], [0, null, '']);
});

test('exit codes tell what happened, and data never mixes with messages', async () => {
  const cases: readonly (readonly [readonly string[], number])[] = [
    [['--help'], 0],
    [['--version'], 0],
    [['nonsense'], 2],
    [['trace', 'nonsense'], 2],
    [['trace', 'deadbeef'], 1],
    [['config', 'check', '/nowhere.yaml'], 2],
    [['serve', '--wal.sync', 'sometimes'], 2],
    [['services', '--server', 'http://127.0.0.1:1'], 1],
    [['services', '--server', server.url('receivers.otlp.http')], 1],
  ];
  for (const [args, expected] of cases) {
    const { code, out, err } = await run(args);
    assert.equal(code, expected, `${args.join(' ')}: ${err}`);
    assert.equal(out === '', expected !== 0, args.join(' '));
    assert.equal(err === '', expected === 0, args.join(' '));
  }
  const foreign = await run(['services', '--server', server.url('receivers.otlp.http')]);
  assert.match(foreign.err, /is no Tracewright server; name another with --server/);
  const silent = await run(['completion-names', 'service'], { TRACEWRIGHT_SERVER: 'http://127.0.0.1:1' });
  assert.deepEqual([silent.code, silent.out, silent.err], [0, '', '']);
});

test('times of the fixed trace are exact to the nanosecond', async () => {
  const { out } = await run(['search', '--spans', '--json', '--name', 'POST /cart']);
  const [span] = JSON.parse(out).spans;
  assert.equal(nanoOf(span.startUnixNano), 1_795_541_581_123_000_000n);
  assert.equal(nanoOf(span.durationNano), 312_400_000n);
});
