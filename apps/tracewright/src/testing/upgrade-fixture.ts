/**
 * UpgradeFixture: a small data folder as this version of the program leaves it, with the answers that it gives.
 *
 * Run as a program in a checkout of a version that is about to be left behind, it writes `data.tar.gz` and `answers.json.gz`
 * to the folder that is named. The folder holds every kind of value in spans, events, links, log records, resources
 * and scopes, one segment that a kill left unstored, and one in quarantine. Versions to come must open it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Canonical, canonicalLogs, canonicalSpans, inOrder } from './canonical-otlp.ts';
import { forgeSegment, waitingSpanBlocks } from './forge-segment.ts';
import { foundTrace } from './found-trace.ts';
import { encodeMessage, type Message } from './otlp-messages.ts';
import { createRandom, idBytes, randomLogs, randomTraces } from './random-otlp.ts';
import { isAlive, RunningServer } from './running-server.ts';
import { postOtlp, rejectedIn } from './send-otlp.ts';

/** What a folder's program answers, in forms that no version changes. */
export type Answers = {
  /** The trace's spans and log records as OTLP, by its id. */
  readonly traces: Readonly<
    Record<string, { readonly spans: readonly Canonical[]; readonly logs: readonly Canonical[] }>
  >;
  /** Span ids that a search finds, in order of their ids. */
  readonly searches: Readonly<Record<string, readonly string[]>>;
  readonly services: readonly string[];
  /** `service kind name`, in order. */
  readonly operations: readonly string[];
};

export type UpgradeFixture = {
  /** What it answers before the unstored segment is stored. */
  readonly stored: Answers;
  /** What it answers of that segment. */
  readonly waiting: Answers;
  /** Rows of spans and log records that are acknowledged and not stored. */
  readonly waitingRows: { readonly spans: number; readonly logs: number };
  readonly quarantined: { readonly segment: string; readonly rows: number };
};

const PRODUCERS = fileURLToPath(new URL('../../../../fixtures/otlp/', import.meta.url));
const SEEDS: readonly number[] = [1, 2, 3, 4, 5];
const WAITING_SEED = 77;
const QUARANTINED_ROWS = 3;
/** The time of the regular spans: a fixed one, since age is counted by arrival. */
const BASE_NANO = 1_795_000_000_000_000_000n;
const REGULAR_SPANS = 120;
const REGULAR_TRACE = 500;

/** All of one service, so that a segment stored later changes none of the answers. */
const SEARCHES: readonly string[] = [
  '',
  'name = "operation 3"',
  'span.http.route = "/route/2"',
  'span.http.response.status_code = 503',
  'span.count >= 100',
  'span.count = -7',
  'span.ratio > 0.5 && span.ratio < 0.6',
  'span.cached = true',
  'span.unforeseen.key = "needle 42"',
  'span.text =~ "needle.*"',
  'resource.deployment.environment.name = "test" && duration > 100ms',
  'status = error',
  'event:name = "exception"',
  'event.exception.type = "Fault"',
  'span.absent = "nothing"',
].map((condition) => `{ resource.service.name = "regular"${condition === '' ? '' : ` && ${condition}`} }`);

/** Regular spans, with a value of each type under keys that are well known and that nobody foresaw. */
function regularSpans(): Message {
  const attribute = (key: string, value: Message): Message => ({ key, value });
  const spans = Array.from({ length: REGULAR_SPANS }, (_, at): Message => {
    const start = BASE_NANO + BigInt(at) * 1_000_000_000n;
    return {
      traceId: idBytes(16, REGULAR_TRACE + Math.floor(at / 10)),
      spanId: idBytes(8, 10_000 + at),
      ...(at % 10 === 0 ? {} : { parentSpanId: idBytes(8, 10_000 + at - (at % 10)) }),
      name: `operation ${at % 7}`,
      kind: 1 + (at % 5),
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + BigInt(at) * 2_000_000n),
      status: at % 13 === 0 ? { code: 2, message: `failed ${at}` } : {},
      attributes: [
        attribute('http.route', { stringValue: `/route/${at % 5}` }),
        attribute('http.request.method', { stringValue: at % 2 === 0 ? 'GET' : 'POST' }),
        attribute('http.response.status_code', { intValue: at % 11 === 0 ? '503' : '200' }),
        attribute('count', { intValue: String(at === 5 ? -7 : at) }),
        attribute('ratio', { doubleValue: at / REGULAR_SPANS }),
        attribute('cached', { boolValue: at % 9 === 0 }),
        attribute('unforeseen.key', { stringValue: `needle ${at}` }),
        attribute('text', { stringValue: at % 20 === 0 ? `needle in text ${at}` : `hay ${at}` }),
        attribute('list', { arrayValue: { values: [{ intValue: String(at) }, { stringValue: 'x' }] } }),
      ],
      events:
        at % 15 === 0
          ? [
              {
                timeUnixNano: String(start + 1n),
                name: 'exception',
                attributes: [attribute('exception.type', { stringValue: 'Fault' })],
              },
            ]
          : [],
      links: at % 30 === 0 ? [{ traceId: idBytes(16, 1), spanId: idBytes(8, 1) }] : [],
    };
  });
  const resource = {
    attributes: [
      attribute('service.name', { stringValue: 'regular' }),
      attribute('deployment.environment.name', { stringValue: 'test' }),
    ],
  };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'regular', version: '1' }, spans }] }] };
}

async function send(server: RunningServer, signal: 'traces' | 'logs', bytes: Uint8Array): Promise<void> {
  const rejected = rejectedIn(await postOtlp(server, signal, bytes));
  if (rejected !== 0) throw new Error(`${rejected} ${signal} were rejected`);
}

/** Asks everything; `traces` says how many spans each of the traces has. */
export async function askAll(
  server: RunningServer,
  traces: Readonly<Record<string, number>>,
): Promise<Answers> {
  const found: Record<string, { spans: readonly Canonical[]; logs: readonly Canonical[] }> = {};
  for (const [id, count] of Object.entries(traces)) {
    const { json, protobuf } = await foundTrace(server, id, count);
    found[id] = { spans: inOrder(canonicalSpans(protobuf)), logs: inOrder(canonicalLogs(json)) };
  }
  const ids: Record<string, readonly string[]> = {};
  for (const q of SEARCHES) {
    const { spans } = await ask(server, `/search?of=spans&limit=1000&q=${encodeURIComponent(q)}`);
    ids[q] = (spans as { spanId: string }[]).map(({ spanId }) => spanId).sort();
  }
  const { services } = await ask(server, '/services');
  const { operations } = await ask(server, '/operations?service=regular');
  return {
    traces: found,
    searches: ids,
    services: [...(services as string[])].sort(),
    operations: (operations as { service: string; kind: string; name: string }[])
      .map(({ service, kind, name }) => `${service} ${kind} ${name}`)
      .sort(),
  };
}

async function ask(server: RunningServer, path: string): Promise<Record<string, unknown>> {
  const answer = await fetch(server.api(path));
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}

/** How many spans each trace of the messages has. */
function countByTrace(messages: readonly Uint8Array[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const message of messages) {
    for (const { traceId } of canonicalSpans(message))
      counts[String(traceId)] = (counts[String(traceId)] ?? 0) + 1;
  }
  return counts;
}

async function killAndWait(server: RunningServer): Promise<void> {
  const engines = server.childPids();
  await server.kill();
  await server.until('the engine has gone', async () => engines.every((pid) => !isAlive(pid)));
}

async function make(into: string): Promise<void> {
  mkdirSync(into, { recursive: true });
  const server = await RunningServer.start(['--wal.segmentInterval', '1s']);
  try {
    const traces = [
      ...readdirSync(PRODUCERS)
        .filter((name) => name.endsWith('-traces.pb'))
        .map((name) => new Uint8Array(readFileSync(PRODUCERS + name))),
      ...SEEDS.map((seed) =>
        encodeMessage('TracesData', randomTraces(createRandom(seed), idBytes(16, 1000 + seed), 40)),
      ),
      encodeMessage('TracesData', regularSpans()),
    ];
    const logs = SEEDS.map((seed) =>
      encodeMessage('LogsData', randomLogs(createRandom(seed), idBytes(16, 1000 + seed), 30)),
    );
    for (const [at, message] of traces.entries()) {
      await send(server, 'traces', message);
      if (at === 3) await server.settled();
    }
    for (const message of logs) await send(server, 'logs', message);
    await server.settled();
    const stored = await askAll(server, countByTrace(traces));
    await server.stop();

    // A segment that the engine refuses, made of a real one.
    server.setFlags(['--wal.segmentInterval', '30s']);
    await server.restart();
    const aside = encodeMessage(
      'TracesData',
      randomTraces(createRandom(9), idBytes(16, 9000), QUARANTINED_ROWS),
    );
    await send(server, 'traces', aside);
    await killAndWait(server);
    const [[segment, block] = []] = [...waitingSpanBlocks(server.dataPath)];
    if (segment === undefined || block === undefined) throw new Error('No segment waits');
    const bad = Buffer.from(block);
    bad.write('Int512', bad.indexOf('UInt64'));
    forgeSegment(server.dataPath, segment, bad, QUARANTINED_ROWS);
    await server.restart();
    await server.until(
      'the segment is set aside',
      async () => (await server.status())?.wal.quarantined.length === 1,
    );

    // And one that a kill leaves unstored, in two groups.
    const late = [
      encodeMessage('TracesData', randomTraces(createRandom(WAITING_SEED), idBytes(16, 7700), 40)),
      encodeMessage('TracesData', randomTraces(createRandom(WAITING_SEED + 1), idBytes(16, 7701), 25)),
    ];
    const lateLogs = encodeMessage('LogsData', randomLogs(createRandom(WAITING_SEED), idBytes(16, 7700), 30));
    for (const message of late) await send(server, 'traces', message);
    await send(server, 'logs', lateLogs);
    await killAndWait(server);

    const waiting: Answers = {
      traces: Object.fromEntries(
        late.map((message, at) => [
          idBytes(16, 7700 + at).toString('hex'),
          { spans: inOrder(canonicalSpans(message)), logs: at === 0 ? inOrder(canonicalLogs(lateLogs)) : [] },
        ]),
      ),
      searches: {},
      services: [],
      operations: [],
    };
    const fixture: UpgradeFixture = {
      stored,
      waiting,
      waitingRows: { spans: 65, logs: 30 },
      quarantined: { segment: String(segment), rows: QUARANTINED_ROWS },
    };
    writeFileSync(join(into, 'answers.json.gz'), gzipSync(JSON.stringify(fixture), { level: 9 }));
    execFileSync('tar', [
      '-C',
      server.dataPath,
      '--exclude=tracewright.lock',
      '--exclude=engine.xml',
      '-czf',
      join(into, 'data.tar.gz'),
      '.',
    ]);
  } finally {
    await server.dispose();
  }
}

if (import.meta.main) await make(process.argv[2] ?? 'fixture');
