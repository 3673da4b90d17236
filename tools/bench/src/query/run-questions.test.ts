import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { closeConnections } from './http-query.ts';
import { jaegerApi } from './jaeger-api.ts';
import { Population } from './population.ts';
import { QUESTIONS } from './questions.ts';
import { runQuestions } from './run-questions.ts';

after(closeConnections);

test('Jaeger questions carry microseconds, durations and tags', () => {
  const { url } = jaegerApi.search('http://h:1', {
    service: 's',
    minDurationMs: 50,
    attribute: { key: 'k', value: 'v' },
    limit: 20,
    fromMs: 1,
    toMs: 2,
  });
  assert.equal(
    url.href,
    'http://h:1/api/traces?service=s&minDuration=50ms&tags=%7B%22k%22%3A%22v%22%7D&limit=20&start=1000&end=2000',
  );
});

test('a wrong answer fails the run and names the question', async () => {
  const server = createServer((_request, response) => {
    response.end(JSON.stringify({ data: [{ traceID: 'abc', spans: [] }] }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const running = runQuestions({
    api: jaegerApi,
    base: `http://127.0.0.1:${port}`,
    population: new Population({ seed: 5, batch: 64, batches: 10, scatter: 0 }),
    storedSpans: 640,
    fromMs: 0,
    toMs: () => 1,
    scenario: 'query',
    prefix: '',
    signal: new AbortController().signal,
  });
  await assert.rejects(running, /"trace by id" wrongly .* found 0+abc/);
  server.closeAllConnections();
  server.close();
});

test('answers are judged: too few, too many, the wrong one', () => {
  const span = { traceId: 'a'.repeat(32), service: 's', orderRef: 'o', userId: 'u' };
  const judge = (id: string, found: { traceId: string; spans?: number }[]): string | undefined =>
    QUESTIONS.find((question) => question.id === id)?.judge(found, span, 1_000);
  assert.equal(judge('byId', [{ traceId: span.traceId, spans: 8 }]), undefined);
  assert.match(judge('byId', [{ traceId: span.traceId, spans: 7 }]) ?? '', /7 of 8/);
  assert.match(judge('byId', []) ?? '', /nothing/);
  assert.equal(judge('unique', [{ traceId: span.traceId }]), undefined);
  assert.match(judge('unique', [{ traceId: 'b' }]) ?? '', /found 1/);
  assert.match(judge('rareKnown', [{ traceId: 'b' }]) ?? '', /missed/);
  assert.match(judge('absent', [{ traceId: 'b' }]) ?? '', /nobody sent/);
  assert.match(
    judge(
      'service',
      Array.from({ length: 20 }, () => ({ traceId: 'b' })),
    ) ?? '',
    /1 of 20/,
  );
});
