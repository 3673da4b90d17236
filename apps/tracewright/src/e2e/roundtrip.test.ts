/** What went in as OTLP comes out as equal OTLP, in both encodings, through the real program and its disk. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertEqualOtlp } from '../testing/assert-equal-otlp.ts';
import { canonicalLogs, canonicalSpans } from '../testing/canonical-otlp.ts';
import { foundTrace } from '../testing/found-trace.ts';
import { encodeMessage, type Message } from '../testing/otlp-messages.ts';
import { createRandom, idBytes, randomLogs, randomTraces } from '../testing/random-otlp.ts';
import { RunningServer } from '../testing/running-server.ts';
import { JSON_TYPE, postOtlp, rejectedIn } from '../testing/send-otlp.ts';

const FIXTURES = fileURLToPath(new URL('../../../../fixtures/otlp/', import.meta.url));
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

let server: RunningServer;
before(async () => {
  server = await RunningServer.start();
});
after(() => server.dispose());

test('spans with every field and every kind of value come back equal', async () => {
  for (const seed of SEEDS) {
    const traceId = idBytes(16, 1000 + seed);
    const message = encodeMessage('TracesData', randomTraces(createRandom(seed), traceId, 40));
    const expected = canonicalSpans(message);
    assert.equal(rejectedIn(await postOtlp(server, 'traces', message)), 0);
    const found = await foundTrace(server, traceId.toString('hex'), 40);
    assertEqualOtlp(canonicalSpans(found.protobuf), expected, `protobuf, seed ${seed}`);
    assertEqualOtlp(canonicalSpans(found.json), expected, `JSON, seed ${seed}`);
    assert.equal(found.spans, 40);
  }
});

test('log records with every field and every kind of value come back equal', async () => {
  for (const seed of SEEDS) {
    const traceId = idBytes(16, 2000 + seed);
    const random = createRandom(seed);
    const message = encodeMessage('LogsData', randomLogs(random, traceId, 30));
    assert.equal(rejectedIn(await postOtlp(server, 'logs', message)), 0);
    // A trace is found by its spans, so the records get one.
    const spans = encodeMessage('TracesData', randomTraces(random, traceId, 1));
    assert.equal(rejectedIn(await postOtlp(server, 'traces', spans)), 0);
    let found: Message = {};
    await server.until('the records are found', async () => {
      found = (await foundTrace(server, traceId.toString('hex'), 1)).json;
      return canonicalLogs(found).length >= 30;
    });
    assertEqualOtlp(canonicalLogs(found), canonicalLogs(message), `seed ${seed}`);
  }
});

test('what was answered can be sent again in either encoding and is still the same', async () => {
  const traceId = idBytes(16, 3000);
  const first = encodeMessage('TracesData', randomTraces(createRandom(99), traceId, 20));
  assert.equal(rejectedIn(await postOtlp(server, 'traces', first)), 0);
  const expected = canonicalSpans(first);
  const { json, protobuf } = await foundTrace(server, traceId.toString('hex'), 20);
  const { resourceSpans } = json;
  const again = JSON.stringify({ resourceSpans });
  assert.equal(rejectedIn(await postOtlp(server, 'traces', again, { type: JSON_TYPE })), 0);
  assert.equal(rejectedIn(await postOtlp(server, 'traces', protobuf)), 0);
  await server.settled();
  // All three are stored; as copies of each other they are one when read.
  const found = await foundTrace(server, traceId.toString('hex'), 20);
  assertEqualOtlp(canonicalSpans(found.protobuf), expected, 'again');
  assertEqualOtlp(canonicalSpans(found.json), expected, 'again');
});

for (const name of readdirSync(FIXTURES).filter((name) => name.endsWith('-traces.pb'))) {
  test(`the bytes of a real producer come back equal: ${name}`, async () => {
    const bytes = new Uint8Array(readFileSync(FIXTURES + name));
    const sent = canonicalSpans(bytes);
    assert.equal(rejectedIn(await postOtlp(server, 'traces', bytes)), 0);
    const json = readFileSync(FIXTURES + name.replace(/pb$/, 'json'));
    assertEqualOtlp(canonicalSpans(JSON.parse(json.toString())), sent, name);
    assert.equal(rejectedIn(await postOtlp(server, 'traces', json, { type: JSON_TYPE })), 0);
    for (const traceId of new Set(sent.map((span) => String(span['traceId'])))) {
      const expected = sent.filter((span) => span['traceId'] === traceId);
      const found = await foundTrace(server, traceId, expected.length);
      assertEqualOtlp(canonicalSpans(found.protobuf), expected, 'again');
      assertEqualOtlp(canonicalSpans(found.json), expected, 'again');
    }
  });
}
