/**
 * Questions that want too much: everything, for ever, in patterns that explode elsewhere, with parameters without end,
 * or from clients that go away. Each ends in words, by time or by memory, and the next question is answered.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeTracesProtobuf } from '@tracewright/wire';
import { AttackBench, listen, pour } from '../testing/attack-bench.ts';
import { numberedSpans } from '../testing/numbered-spans.ts';
import { postOtlp } from '../testing/send-otlp.ts';

const SPANS = 150_000;
const BATCH = 2_000;
const TIMEOUT_MS = 5_000;
const WIDE_FIRST = 5_000_000;

let bench: AttackBench;
before(async () => {
  bench = await AttackBench.open([
    '--storage.query.timeout',
    `${TIMEOUT_MS}ms`,
    '--storage.query.memoryMax',
    '64MiB',
  ]);
  for (let first = 0; first < SPANS; first += BATCH) await send(first, 0);
  // Traces of some megabytes: ten spans of 150 KB each.
  for (let first = WIDE_FIRST; first < WIDE_FIRST + 200; first += 20) await send(first, 150_000, 20);
  await bench.server.settled();
});
after(() => bench[Symbol.asyncDispose]());

async function send(first: number, ballastBytes: number, count: number = BATCH): Promise<void> {
  const body = encodeTracesProtobuf(numberedSpans(first, count, ballastBytes));
  assert.equal((await postOtlp(bench.server, 'traces', body)).status, 200);
  bench.countSpans(count);
}

type Answered = { readonly status: number; readonly code: string; readonly text: string };

async function ask(path: string, init: RequestInit = {}): Promise<Answered> {
  const answer = await fetch(bench.server.api(path), { ...init, signal: AbortSignal.timeout(90_000) });
  const text = await answer.text();
  const error = answer.status >= 400 ? (JSON.parse(text) as { error?: { code?: string } }).error : undefined;
  return { status: answer.status, code: error?.code ?? '', text };
}

const filter = (q: string): string => `/search?limit=1000&q=${encodeURIComponent(q)}`;

test('questions for everything end by themselves: answered, or told why not', (t) =>
  bench.during(
    t.diagnostic.bind(t),
    async () => {
      const paths = [
        '/search?limit=1000',
        '/search?of=spans&limit=1000',
        filter('{ .number > 0 || name =~ ".*" }'),
        filter('{ .ballast != nil }'),
        filter('{ name =~ "(o+)+(p+)+e*(r|ra|rat)*x" }'),
        filter(`{ ${Array.from({ length: 60 }, (_, at) => `.k${at} =~ "a.*b.*c.*${at}"`).join(' || ')} }`),
        '/operations',
        '/services',
      ];
      const answers = await Promise.all(paths.flatMap((path) => [ask(path), ask(path)]));
      const told = answers.map(({ status, code }) => `${status}${code === '' ? '' : ` ${code}`}`);
      t.diagnostic(`answers: ${told.join(', ')}`);
      for (const { status, code, text } of answers) {
        if (status === 200) continue;
        assert.ok(['deadline', 'resource', 'overloaded', 'invalid'].includes(code), text);
        // The time is that of the whole question, however many statements it takes.
        const within = /within (\d+) ms/.exec(text)?.[1] ?? '0';
        assert.ok(Number(within) <= TIMEOUT_MS, text);
        assert.ok(status < 500 || status === 503 || status === 504 || status === 507, `${status} ${text}`);
      }
      // The next one is answered.
      assert.equal((await ask('/search?limit=1')).status, 200);
    },
    { growthBytesMax: 700 * 1024 * 1024 },
  ));

test('patterns that explode where they are tried by going back end like others', async () => {
  for (const pattern of ['(a+)+$', '(a|aa)+$', '([a-zA-Z]+)*$', '(.*a){20}', '^(([a-z])+.)+[A-Z]([a-z])+$']) {
    // A machine that is busy with other things may need a second try; one that explodes never ends in its time.
    await bench.server.until(`${pattern} is answered`, async () => {
      const { status, code, text } = await ask(filter(`{ name =~ "${pattern}" }`));
      assert.ok(status === 200 || code === 'deadline', `${pattern}: ${text}`);
      return status === 200;
    });
  }
  const huge = await ask(filter('{ name =~ "(((a{1,100}){1,100}){1,100})" }'));
  assert.ok(huge.status === 400 || huge.status === 200, huge.text);
});

test('a client that goes away takes its question with it', (t) =>
  bench.during(t.diagnostic.bind(t), async () => {
    const leaving = new AbortController();
    const gone = Array.from({ length: 200 }, async () => {
      await fetch(bench.server.api('/search?limit=1000'), { signal: leaving.signal }).then(
        (answer) => answer.arrayBuffer(),
        () => undefined,
      );
    });
    // The metrics ask the store something, too, and so come late.
    const most = (await statements()).waiting;
    leaving.abort();
    await Promise.all(gone.map((one) => one.catch(() => undefined)));
    // The server hears of it when it comes to it; by their time alone they would wait longer.
    const heardByMs = performance.now() + TIMEOUT_MS / 2;
    let left = (await statements()).waiting;
    while (left > 3 && performance.now() < heardByMs) left = (await statements()).waiting;
    t.diagnostic(`${most} statements waited, and ${left} when their clients had gone`);
    assert.ok(most > 10, 'their questions never had to wait');
    // What the honest client asks may wait, too.
    assert.ok(left <= 3, `${left} statements still wait`);
  }));

/** Read statements that run and that wait, from the metrics. */
async function statements(): Promise<{ readonly running: number; readonly waiting: number }> {
  const text = await (await fetch(bench.server.url('metrics', '/metrics'))).text();
  const sum = (state: string): number => {
    const lines = [...text.matchAll(/^(\w+\{[^}]*\}) (\d+)$/gm)].filter(
      ([, labels = '']) => labels.includes(`state="${state}"`) && /class="(?:id|search|scan)"/.test(labels),
    );
    assert.equal(lines.length, 3, 'a line for each class of question');
    return lines.reduce((total, [, , value]) => total + Number(value), 0);
  };
  return { running: sum('running'), waiting: sum('waiting') };
}

test('addresses and parameters without end are refused in words', (t) =>
  bench.during(t.diagnostic.bind(t), async () => {
    const api = bench.server.api('');
    for (const path of [
      `/search?service=${'x'.repeat(30_000)}`,
      `/search?${'tag=a%3Db&'.repeat(2_000)}`,
      `/search?q=${encodeURIComponent(`{ ${'('.repeat(5_000)}`)}`,
      `/traces/${'a'.repeat(20_000)}`,
      `/search?${'a=b&'.repeat(7_000)}`,
    ]) {
      const answer = await fetch(api + path);
      await answer.arrayBuffer();
      assert.ok([400, 404, 414, 431, 200].includes(answer.status), `${answer.status} ${path.slice(0, 40)}`);
    }
    const tooLong = await fetch(`${api}/search?service=${'x'.repeat(60_000)}`);
    assert.equal(tooLong.status, 431);
    const sockets = await bench.sockets('api', 10);
    await Promise.all(
      sockets.map(async (socket) => {
        const heard = listen(socket);
        socket.write('POST /api/tracewright/v1/search HTTP/1.1\r\nHost: localhost\r\n');
        socket.write('Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
        await pour(socket, 1_000, () => Buffer.from(`8000\r\n${'['.repeat(0x8000)}\r\n`));
        assert.match(heard.text(), /^HTTP\/1\.1 (?:413|400|503) |^$/);
      }),
    );
  }));

test('bodies of questions that are deep, wide, or name what the language knows', async () => {
  const bodies = [
    `{"where":${'{"kind":"not","of":'.repeat(10_000)}`,
    `{"where":${'{"kind":"not","of":'.repeat(10_000)}{}${'}'.repeat(10_000)}}`,
    `{"where":{"kind":"and","of":[${'{"kind":"and","of":[]},'.repeat(30_000)}{"kind":"or","of":[]}]}}`,
    '{"__proto__":{"limit":1},"constructor":1}',
    '{"limit":1e308}',
    `{"where":{"kind":"field","field":"__proto__","value":1}}`,
    `{"q":"${'{'.repeat(500_000)}"}`,
  ];
  for (const body of bodies) {
    const answer = await ask('/search', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    assert.ok([200, 400, 413].includes(answer.status), `${answer.status} ${body.slice(0, 60)}`);
  }
});

test('answers of megabytes that nobody reads are not held for ever', (t) =>
  bench.during(
    t.diagnostic.bind(t),
    async () => {
      const trace = numberedSpans(WIDE_FIRST, 1)[0]?.traceId ?? '';
      const sockets = await bench.sockets('api', 40);
      for (const socket of sockets) {
        socket.pause();
        socket.write(`GET /api/tracewright/v1/traces/${trace} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      }
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    },
    { growthBytesMax: 600 * 1024 * 1024 },
  ));

test('after all of it the program is sound', () => bench.assertSound());
