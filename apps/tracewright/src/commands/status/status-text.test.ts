import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusReport } from '@tracewright/api/client';
import { sizeText } from '../../cli/size-text.ts';
import { createStyle } from '../../cli/style.ts';
import { testTerminal } from '../../cli/testing/test-terminal.ts';
import { countText, statusText } from './status-text.ts';

const report: StatusReport = {
  version: '0.1.0',
  startedAt: '2026-11-24T17:00:00.000Z',
  uptimeMs: 93_784_000,
  dataPath: '/var/lib/tracewright',
  ready: true,
  accounts: {
    spans: {
      received: 1_000_110,
      accepted: 1_000_100,
      rejected: 10,
      stored: 1_000_000,
      inFlight: 43,
      quarantined: 57,
      sampledOut: 0,
    },
    logs: { received: 3, accepted: 3, rejected: 0, stored: 3, inFlight: 0, quarantined: 0, sampledOut: 0 },
    rejectedByReason: [
      { signal: 'traces', receiver: 'otlp/grpc', reason: 'trace id is 15 bytes', count: 10 },
      { signal: 'logs', receiver: 'otlp/http', reason: 'request: invalid', count: 2 },
    ],
    discarded: { metricsRequests: 1234 },
  },
  receivers: [
    {
      id: 'otlp/grpc',
      endpoint: '127.0.0.1:4317',
      listening: true,
      requests: 900,
      accepted: 1_000_100,
      rejected: 10,
      lastRequestAt: '2026-11-25T19:03:04.000Z',
    },
    {
      id: 'otlp/http',
      endpoint: '127.0.0.1:4318',
      listening: false,
      error: 'port 4318 is taken',
      requests: 0,
      accepted: 0,
      rejected: 0,
    },
  ],
  wal: {
    segmentsOpen: 1,
    segmentsWaiting: 2,
    bytesWaiting: 3_000_000,
    oldestWaitingMs: 1500,
    oldestUnansweredMs: 3,
    quarantined: [{ segment: '1795541581123456', reason: 'unknown\x1b[2J column', rows: 57 }],
  },
  storage: {
    engine: 'embedded',
    state: 'ready',
    tables: [
      {
        table: 'spans',
        rows: 1_000_000,
        bytesOnDisk: 52_428_800,
        parts: 7,
        oldestArrival: '2026-11-24T00:00:00.000Z',
      },
    ],
    setAside: [],
    diskFreeBytes: 75 * 2 ** 30,
    diskTotalBytes: 100 * 2 ** 30,
    diskFreeBytesMin: 2 ** 29,
  },
  lagMs: 1500,
};

test('the whole status as text', () => {
  const text = statusText(report, 'http://127.0.0.1:16686', {
    style: createStyle(0),
    terminal: testTerminal().terminal,
  });
  assert.deepEqual(text.split('\n'), [
    'Tracewright 0.1.0 at http://127.0.0.1:16686: ready, up 26h03m',
    'Data    /var/lib/tracewright, 75.0 GiB free of 100 GiB',
    'Engine  embedded, ready',
    'Lag     1.5s until what was acknowledged can be found',
    '',
    'Accounts',
    '        RECEIVED   ACCEPTED  REJECTED     STORED  SAMPLED OUT  SET ASIDE  IN FLIGHT',
    'spans  1 000 110  1 000 100        10  1 000 000            0         57         43',
    'logs           3          3         0          3            0          0          0',
    'Metrics are accepted and discarded: 1 234 requests so far.',
    '',
    'Rejected',
    'COUNT  UNIT      SIGNAL  RECEIVER   REASON',
    '   10  spans     traces  otlp/grpc  trace id is 15 bytes',
    '    2  requests  logs    otlp/http  request: invalid',
    '',
    'Receivers',
    'RECEIVER   ADDRESS         STATE                              REQUESTS  LAST',
    'otlp/grpc  127.0.0.1:4317  listening                               900  2026-11-25T19:03:04.000Z',
    'otlp/http  127.0.0.1:4318  not listening: port 4318 is taken         0  never',
    '',
    'Write-ahead segments',
    '1 open, 2 waiting (2.9 MiB), the oldest for 1.5s',
    'set aside: segment 1795541581123456, 57 rows: unknown␛[2J column',
    '',
    'Tables',
    'TABLE       ROWS   ON DISK  PER ROW  PARTS  OLDEST ARRIVAL',
    'spans  1 000 000  50.0 MiB   52.4 B      7  2026-11-24',
    '',
  ]);
});

test('what keeps senders waiting, and what is missing from answers, is said', () => {
  const text = statusText(
    {
      ...report,
      refusing: 'Senders are told to try again later: the disk is full',
      wal: { ...report.wal, oldestUnansweredMs: 4200 },
      storage: {
        ...report.storage,
        diskFreeBytes: 2 ** 20,
        setAside: [{ table: 'spans', part: '20261124_1_5_1\x1b', reason: 'broken-on-start', bytes: 4096 }],
        shards: [
          { shard: 1, servers: ['http://a:8123'], segmentsKept: 0, bytesKept: 0, oldestKeptMs: 0 },
          {
            ...{ shard: 2, servers: ['http://b:8123', 'http://c:8123'], problem: 'Shard 2: it is away' },
            ...{ segmentsKept: 12, bytesKept: 2 ** 20, oldestKeptMs: 61_000 },
          },
        ],
      },
    },
    'http://127.0.0.1:16686',
    { style: createStyle(0), terminal: testTerminal().terminal },
  );
  for (const line of [
    'Data    /var/lib/tracewright, 1.0 MiB free of 100 GiB, below the 512 MiB that stay free',
    'Senders are refused. Senders are told to try again later: the disk is full',
    'Senders wait 4.2s for an answer: is the disk slow?',
    'SHARD  STATE                SEGMENTS KEPT     SIZE  OLDEST  SERVERS',
    '    1  ready                            0      0 B          http://a:8123',
    '    2  Shard 2: it is away             12  1.0 MiB   1m01s  http://b:8123 | http://c:8123',
    'spans 20261124_1_5_1␛, 4.0 KiB: broken-on-start; what it held is missing from answers',
  ])
    assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
});

test('counts and sizes are read at a glance', () => {
  assert.deepEqual([0, 999, 1000, 1_234_567].map(countText), ['0', '999', '1 000', '1 234 567']);
  assert.deepEqual([0, 1023, 1024, 102_400, 1_073_741_824, 2 ** 53].map(sizeText), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '100 KiB',
    '1.0 GiB',
    '8.0 PiB',
  ]);
});
