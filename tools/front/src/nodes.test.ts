/**
 * Two nodes of the real program on two shards: sent to by both, asked of both, a node killed, a shard killed and
 * brought back; every acknowledged span is stored once.
 */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createClient } from '@clickhouse/client';
import { RunningServer } from 'tracewright/testing';
import type { Front } from './start-front.ts';
import { type Fronts, PASSWORD, poll, startFronts, USER } from './testing-store.ts';

const SPANS_A_REQUEST = 20;

let fronts: Fronts;
let nodes: RunningServer[];
let sent = 0;

function flags(node: number): string[] {
  return [
    '--storage.url',
    fronts.fronts.map(({ url }) => url).join(','),
    '--storage.node',
    String(node),
    '--storage.server.user',
    USER,
    '--storage.server.passwordFile',
    join(fronts.folder, 'password'),
    '--storage.server.compression',
    'zstd',
    '--wal.segmentInterval',
    '50ms',
  ];
}

before(async () => {
  fronts = await startFronts(2);
  writeFileSync(join(fronts.folder, 'password'), `${PASSWORD}\n`, { mode: 0o600 });
  nodes = await Promise.all([RunningServer.start(flags(0)), RunningServer.start(flags(1))]);
});
after(async () => {
  await Promise.all((nodes ?? []).map((node) => node.dispose()));
  await fronts[Symbol.asyncDispose]();
});

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

function metricOf(text: string, name: string, shard: number): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${name}{`) && one.includes(`shard="${shard}"`));
  return line === undefined ? undefined : Number(line.split(' ')[1]);
}

/** Numbered spans, each with a trace of its own; gives whether they were acknowledged. */
async function send(node: RunningServer): Promise<boolean> {
  const first = sent;
  const now = BigInt(Date.now()) * 1_000_000n;
  const spans = Array.from({ length: SPANS_A_REQUEST }, (_, at) => ({
    traceId: hex((first + at + 1) * 7919, 32),
    spanId: hex(first + at + 1, 16),
    name: `span ${(first + at) % 10}`,
    startTimeUnixNano: String(now + BigInt(at)),
    endTimeUnixNano: String(now + BigInt(at) + 1000n),
  }));
  const service = { key: 'service.name', value: { stringValue: 'shop' } };
  const answer = await fetch(node.url('receivers.otlp.http', '/v1/traces'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceSpans: [{ resource: { attributes: [service] }, scopeSpans: [{ spans }] }],
    }),
  });
  await answer.arrayBuffer();
  if (answer.status === 200) sent += SPANS_A_REQUEST;
  return answer.status === 200;
}

async function stored(front: Front): Promise<{ readonly rows: number; readonly spans: number }> {
  const client = createClient({ url: front.url, username: USER, password: PASSWORD });
  try {
    const answer = await client.query({
      query: 'SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(span_id)) AS spans FROM tracewright.spans',
      format: 'JSONEachRow',
    });
    const [row] = (await answer.json()) as { rows: number; spans: number }[];
    return row ?? { rows: 0, spans: 0 };
  } finally {
    await client.close();
  }
}

async function allStoredOnce(): Promise<void> {
  const total = async (): Promise<{ rows: number; spans: number }> => {
    const shards = await Promise.all(fronts.fronts.map(stored));
    return {
      rows: shards.reduce((sum, { rows }) => sum + rows, 0),
      spans: shards.reduce((sum, { spans }) => sum + spans, 0),
    };
  };
  await poll('all spans to be stored', async () => (await total()).spans >= sent, 40_000);
  assert.deepEqual(await total(), { rows: sent, spans: sent });
}

async function search(node: RunningServer): Promise<{ readonly status: number; readonly traces: number }> {
  let traces = 0;
  let cursor: string | undefined;
  do {
    const url = new URL(node.api('/search'));
    url.searchParams.set('service', 'shop');
    url.searchParams.set('limit', '100');
    if (cursor !== undefined) url.searchParams.set('cursor', cursor);
    const answer = await fetch(url);
    const body = (await answer.json()) as { traces?: unknown[]; next?: string };
    if (!answer.ok) return { status: answer.status, traces };
    traces += body.traces?.length ?? 0;
    cursor = body.next;
  } while (cursor !== undefined);
  return { status: 200, traces };
}

test('what either node takes is found by both', async () => {
  const [one, two] = nodes as [RunningServer, RunningServer];
  for (let round = 0; round < 5; round++) {
    assert.ok((await Promise.all([send(one)]))[0]);
    assert.ok((await Promise.all([send(two)]))[0]);
  }
  await allStoredOnce();
  for (const front of fronts.fronts) assert.ok((await stored(front)).rows > 0);
  for (const node of [one, two]) {
    assert.deepEqual(await search(node), { status: 200, traces: sent });
    const trace = await fetch(node.api(`/traces/${hex(7919, 32)}`));
    assert.equal(trace.status, 200);
    const services = (await (await fetch(node.api('/services'))).json()) as unknown;
    assert.ok(JSON.stringify(services).includes('shop'));
  }
});

test('a node that is killed loses nothing that it acknowledged, and the other goes on', async () => {
  const [one, two] = nodes as [RunningServer, RunningServer];
  assert.ok(await send(one));
  await one.kill();
  assert.ok(await send(two));
  assert.equal((await search(two)).status, 200);
  await one.restart();
  assert.ok(await send(one));
  await allStoredOnce();
});

test('while a shard is away both nodes take spans, say which shard is missing, and it gets its rows once', async () => {
  const [one, two] = nodes as [RunningServer, RunningServer];
  const second = fronts.fronts[1] as Front;
  await second.kill();
  for (let round = 0; round < 5; round++) {
    assert.ok(await send(one));
    assert.ok(await send(two));
  }
  await poll('the loss to be noticed', async () => (await search(one)).status === 503);
  const first = fronts.fronts[0] as Front;
  await poll('the other shard to go on', async () => (await stored(first)).rows > 0);
  // What waits for the shard survives the node that keeps it.
  await poll('a part to be kept', () => /Shard 2 is away: its rows wait on disk/.test(one.log));
  const shards = (await one.status())?.storage.shards ?? [];
  assert.deepEqual(
    shards.map(({ segmentsKept, servers, shard }) => [shard, segmentsKept > 0, servers]),
    [
      [1, false, [fronts.fronts[0]?.url]],
      [2, true, [fronts.fronts[1]?.url]],
    ],
  );
  assert.match(shards[1]?.problem ?? '', /^Shard 2: /);
  let metrics = '';
  await poll('what waits to be old enough to tell', async () => {
    metrics = await (await fetch(one.url('metrics', '/metrics'))).text();
    return (metricOf(metrics, 'tracewright_shard_kept_oldest_seconds', 2) ?? 0) > 0;
  });
  for (const [name, isAway] of [
    ['ready', false],
    ['kept_segments', true],
    ['kept_bytes', true],
    ['kept_oldest_seconds', true],
  ] as const) {
    const [first, second] = [1, 2].map((shard) => metricOf(metrics, `tracewright_shard_${name}`, shard));
    assert.ok(isAway ? first === 0 && (second ?? 0) > 0 : first === 1 && second === 0, name);
  }
  // A balancer asks here: what goes on without the shard is not taken out for it.
  const health = await fetch(one.url('health', '/status?verbose=true'));
  assert.equal(health.status, 200);
  const { components } = (await health.json()) as {
    components: Record<string, { healthy: boolean; error?: string }>;
  };
  assert.equal(components['shard-1']?.healthy, true);
  assert.match(
    components['shard-2']?.error ?? '',
    /^Parts of \d+ segments \(.+\) wait on this node for shard 2, the oldest for \d+ s\. Shard 2: /,
  );
  await one.kill();
  await second.start();
  await one.restart();
  await allStoredOnce();
  await poll('the shard to be back', async () => (await search(two)).status === 200);
  assert.deepEqual(await search(two), { status: 200, traces: sent });
});

test('a node with the number of another stores nothing, and says why', async () => {
  const third = await RunningServer.reserve(flags(1));
  try {
    third.launch();
    await poll('its words', () =>
      /Another node, on .+, has the number 1: storage\.node must differ/.test(third.log),
    );
  } finally {
    await third.dispose();
  }
});

test('a wrong password and a wrong list are said in words', async () => {
  const wrong = await RunningServer.reserve([
    '--storage.url',
    fronts.fronts[0]?.url ?? '',
    '--storage.server.user',
    'nobody',
  ]);
  try {
    wrong.launch();
    await poll('its words', () =>
      /does not let user "nobody" in: the name or the password is wrong/.test(wrong.log),
    );
  } finally {
    await wrong.dispose();
  }
  for (const [list, words] of [
    ['http://user:pass@127.0.0.1:1', /they belong to storage\.server\.user and storage\.server\.password/],
    ['http://a:1|http://b:1', /tables that do not replicate would hold different rows/],
    ['127.0.0.1', /is no address such as/],
    ['http://a:1/traces', /storage\.url has the path \/traces for a:1.*storage\.server\.database/],
  ] as const) {
    const refused = await RunningServer.reserve(['--storage.url', list]);
    try {
      refused.launch();
      assert.equal(await refused.ended(), 2);
      assert.match(refused.log, words);
      assert.ok(!refused.log.includes('pass@'));
    } finally {
      await refused.dispose();
    }
  }
  rmSync(join(fronts.folder, 'password'));
});
