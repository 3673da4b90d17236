import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { test } from 'node:test';
import { connect, reportFailure } from './connect.ts';
import { exitCodeOf } from './exit-code.ts';
import { runCli } from './run-cli.ts';
import { testTerminal } from './testing/test-terminal.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What listens on the port of a Tracewright server when that is something else, or refuses. */
async function against(answer: Answer, args: readonly string[], env: Record<string, string> = {}) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const made = testTerminal({ env: { ...env, TRACEWRIGHT_SERVER: `http://127.0.0.1:${port}/` } });
  const code = await runCli(args, made.terminal);
  server.closeAllConnections();
  server.close();
  return { code, out: made.out(), err: made.err().replaceAll(String(port), 'PORT') };
}

const json =
  (status: number, body: unknown): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

const html: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
};

test('another program on the port is recognised, whatever it answers', async () => {
  const others: Answer[] = [
    html,
    json(404, { errors: [{ code: 404, msg: 'not found' }] }),
    json(200, { data: [] }),
    json(200, null),
    json(200, 7),
  ];
  for (const other of others) {
    const { code, out, err } = await against(other, ['services']);
    assert.deepEqual([code, out], [1, '']);
    assert.equal(
      err,
      'tracewright: What listens at http://127.0.0.1:PORT is no Tracewright server; name another with --server\n',
    );
  }
});

test('a missing or wrong token has an exit code and a hint of its own, and the token is sent', async () => {
  const guarded: Answer = (request, response) => {
    const token = request.headers.authorization;
    if (token === 'Bearer right') return json(200, { services: ['s'] })(request, response);
    const code = token === undefined ? 'unauthenticated' : 'forbidden';
    json(token === undefined ? 401 : 403, { error: { code, message: 'a bearer token is needed' } })(
      request,
      response,
    );
  };
  const none = await against(guarded, ['services']);
  assert.equal(none.code, 3);
  assert.equal(
    none.err,
    'tracewright: http://127.0.0.1:PORT refuses: a bearer token is needed; give a token with --token or TRACEWRIGHT_TOKEN\n',
  );
  assert.equal((await against(guarded, ['services', '--token', 'wrong'])).code, 3);
  assert.deepEqual(await against(guarded, ['services', '--token', 'right']), {
    code: 0,
    out: 's\n',
    err: '',
  });
  assert.equal((await against(guarded, ['services'], { TRACEWRIGHT_TOKEN: 'right' })).code, 0);
  assert.equal(
    (await against(guarded, ['services', '--token', 'wrong'], { TRACEWRIGHT_TOKEN: 'right' })).code,
    3,
  );
});

test('a server that gives up, fails, or hangs up', async () => {
  const deadline = await against(json(504, { error: { code: 'deadline', message: 'Time ran out' } }), [
    'search',
  ]);
  assert.deepEqual([deadline.code, deadline.err], [5, 'tracewright: Time ran out\n']);
  const fault = await against(json(500, { error: { code: 'internal', message: 'It failed\x1b[2J' } }), [
    'status',
  ]);
  assert.deepEqual([fault.code, fault.err], [1, 'tracewright: It failed␛[2J\n']);
  const hangUp = await against((request) => request.socket.destroy(), ['status']);
  assert.equal(hangUp.code, 1);
  assert.match(
    hangUp.err,
    /^tracewright: Cannot reach http:\/\/127\.0\.0\.1:PORT: the connection was cut; start a server/,
  );
});

test('part of an answer before a failure is printed, and the exit code says partial', async () => {
  let asked = 0;
  const log = {
    timeUnixNano: '1',
    observedUnixNano: '1',
    severityNumber: 9,
    severityText: '',
    body: 'x',
    service: 's',
    attributes: {},
    resource: {},
  };
  const { code, out, err } = await against(
    (request, response) => {
      const page = { logs: Array.from({ length: 1000 }, () => log), next: 'more' };
      const failed = { error: { code: 'resource', message: 'Too many rows' } };
      return json(asked === 0 ? 200 : 507, asked++ === 0 ? page : failed)(request, response);
    },
    ['logs', '--limit', '1500', '--json'],
  );
  assert.equal(code, 4);
  assert.equal(out.trimEnd().split('\n').length, 1000);
  assert.equal(err, 'tracewright: Too many rows\n');
});

test('a server that never answers is given up after a time, and a caller may stop waiting', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const connection = connect({ terminal: { env: {} }, options: { server: url, token: undefined } });
  const late = await connection.ask('services', (client, how) => client.listServices({}, how), {
    timeoutMs: 50,
  });
  assert.equal(late.ok ? '' : late.failure.code, 'deadline');
  const stopped = AbortSignal.abort();
  const cancelled = await connection.ask('services', (client, how) => client.listServices({}, how), {
    signal: stopped,
  });
  assert.equal(cancelled.ok ? '' : cancelled.failure.code, 'cancelled');
  server.closeAllConnections();
  server.close();
});

test('an address that is none is a mistake of usage, also when the environment names it', async () => {
  const made = testTerminal({ env: { TRACEWRIGHT_SERVER: 'not an address' } });
  assert.equal(await runCli(['services'], made.terminal), 2);
  assert.match(made.err(), /not an address is no address of a server/);
});

test('a failure names the flag, and marks the place in the expression', () => {
  const made = testTerminal();
  const failure = { code: 'invalid', retry: 'never', message: 'wrong', field: 'minDuration' } as const;
  assert.equal(reportFailure({ terminal: made.terminal }, failure), 2);
  assert.equal(made.err(), 'tracewright: wrong (--min-duration)\n');
  const marked = testTerminal();
  const query = { position: 2, length: 3 };
  const q = { flag: '--query', value: '{ foo = 1 }' };
  const told = { ...failure, message: 'q, position 3: wrong', field: 'q', query };
  reportFailure({ terminal: marked.terminal }, told, { q });
  assert.equal(marked.err(), 'tracewright: --query, position 3: wrong\n  { foo = 1 }\n    ^^^\n');
  const wide = testTerminal();
  reportFailure({ terminal: wide.terminal }, told, { q: { ...q, value: '日本foo' } });
  assert.match(wide.err(), /\n {2}日本foo\n {6}\^\^\^\n$/, 'two columns each');
  const typed = testTerminal();
  const from = { flag: '--since', value: 'yesterday' };
  reportFailure(
    { terminal: typed.terminal },
    { ...failure, message: 'from is no time', field: 'from' },
    { from },
  );
  assert.equal(typed.err(), 'tracewright: --since "yesterday" is no time\n');
});

test('every kind of failure has the exit code that a script expects', () => {
  assert.deepEqual(
    (
      ['invalid', 'unauthenticated', 'forbidden', 'deadline', 'cancelled', 'not-found', 'internal'] as const
    ).map(exitCodeOf),
    [2, 3, 3, 5, 5, 1, 1],
  );
});

test('an empty answer of a fresh server says what to do', async () => {
  const empty = json(200, { traces: [], logs: [], services: [] });
  for (const verb of ['search', 'logs', 'services'])
    assert.match((await against(empty, [verb])).err, /^Nothing has arrived yet; point an OpenTelemetry SDK/);
});

test('an id that is not found and has an odd length is said to have it', async () => {
  const absent = json(404, { error: { code: 'not-found', message: 'There is no trace' } });
  const short = await against(absent, ['trace', '4bf92f3577']);
  assert.deepEqual(
    [short.code, short.err],
    [1, 'tracewright: There is no trace; ids are 32 or 16 digits; this has 10\n'],
  );
  assert.equal(
    (await against(absent, ['trace', '4bf92f3577b34da6'])).err,
    'tracewright: There is no trace\n',
  );
});

test('--follow with a limit of zero asks for nothing old', async () => {
  const asked: string[] = [];
  const wrong = { error: { code: 'invalid', message: 'enough' } };
  await against(
    (request, response) => {
      asked.push(request.url ?? '');
      json(400, wrong)(request, response);
    },
    ['logs', '--follow', '--limit', '0'],
  );
  assert.equal(asked.length, 1);
  assert.match(asked[0] ?? '', /order=oldest/);
});
