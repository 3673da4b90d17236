/** A status report whose numbers add up, for tests; each part can be replaced. */
import type { Accounts, StatusReport } from '../status.ts';

export function accounts(received: number, rejected: number = 0): Accounts {
  const accepted = received - rejected;
  return { received, accepted, rejected, stored: accepted, inFlight: 0, quarantined: 0, sampledOut: 0 };
}

export function statusReport(parts: Partial<StatusReport> = {}): StatusReport {
  return {
    version: '0.1.0',
    startedAt: '2023-11-14T22:13:20.000Z',
    uptimeMs: 10_000,
    dataPath: '/tmp/data',
    ready: true,
    accounts: {
      spans: accounts(12, 2),
      logs: accounts(3),
      rejectedByReason: [{ signal: 'spans', receiver: 'otlp-http', reason: 'bad-trace-id', count: 2 }],
      discarded: { metricsRequests: 4 },
    },
    receivers: [
      {
        id: 'otlp-grpc',
        endpoint: '127.0.0.1:4317',
        listening: true,
        requests: 1,
        accepted: 4,
        rejected: 0,
        lastRequestAt: '2023-11-14T22:13:28.000Z',
      },
      { id: 'otlp-http', endpoint: '127.0.0.1:4318', listening: true, requests: 2, accepted: 9, rejected: 2 },
    ],
    wal: {
      segmentsOpen: 1,
      segmentsWaiting: 0,
      bytesWaiting: 0,
      oldestWaitingMs: 0,
      oldestUnansweredMs: 0,
      quarantined: [],
    },
    storage: {
      engine: 'embedded',
      state: 'ready',
      tables: [{ table: 'spans', rows: 10, bytesOnDisk: 4096, parts: 1 }],
      setAside: [],
      diskFreeBytes: 1_000_000_000,
      diskTotalBytes: 10_000_000_000,
      diskFreeBytesMin: 500_000_000,
    },
    lagMs: 0,
    ...parts,
  };
}
