/** JSON Schemas of the native answers; the compiler holds them to the types of answers.ts and status.ts. */
import type { Schema } from '../schema.ts';
import type { Accounts, StatusReport } from '../status.ts';
import type { LogsJson, OperationsJson, SearchJson, ServicesJson, TraceJson } from './answers.ts';

const TRACE_ID = { type: 'string', pattern: '^[0-9a-f]{32}$' } as const;
const SPAN_ID = { type: 'string', pattern: '^[0-9a-f]{16}$' } as const;
const NANO = { type: 'string', pattern: '^[0-9]{1,20}$', description: 'nanoseconds' } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;
const TEXT = { type: 'string' } as const;
const TIME = { type: 'string', format: 'date-time' } as const;
const CURSOR = {
  type: 'string',
  description: 'Give it as `cursor` to get the next page; absent when there is none.',
} as const;
const ATTRIBUTES = {
  type: 'object',
  additionalProperties: true,
  description: 'Values as plain JSON; integers beyond 2^53 are strings, bytes are base64.',
} as const;
const OTLP = { type: 'object', additionalProperties: true } as const;

export const TRACE_SCHEMA: Schema<TraceJson> = {
  type: 'object',
  description: 'OTLP/JSON, as the OpenTelemetry specification has it.',
  properties: {
    resourceSpans: { type: 'array', items: OTLP },
    resourceLogs: { type: 'array', items: OTLP, description: 'With `logs=true`.' },
  },
  required: ['resourceSpans'],
};

export const SEARCH_SCHEMA: Schema<SearchJson> = {
  type: 'object',
  properties: {
    traces: {
      type: 'array',
      description: 'Newest matching span first.',
      items: {
        type: 'object',
        properties: {
          traceId: TRACE_ID,
          rootService: TEXT,
          rootName: TEXT,
          startUnixNano: NANO,
          durationNano: NANO,
          spans: COUNT,
          errors: COUNT,
          services: {
            type: 'array',
            items: {
              type: 'object',
              properties: { name: TEXT, spans: COUNT, errors: COUNT },
              required: ['name', 'spans', 'errors'],
            },
          },
          matchedUnixNano: { ...NANO, description: 'Start of the newest span that matched.' },
        },
        required: [
          'traceId',
          'rootService',
          'rootName',
          'startUnixNano',
          'durationNano',
          'spans',
          'errors',
          'services',
          'matchedUnixNano',
        ],
      },
    },
    spans: {
      type: 'array',
      description: 'Newest first.',
      items: {
        type: 'object',
        properties: {
          traceId: TRACE_ID,
          spanId: SPAN_ID,
          parentSpanId: { type: 'string', description: 'Empty for a root.' },
          service: TEXT,
          name: TEXT,
          kind: TEXT,
          status: TEXT,
          startUnixNano: NANO,
          durationNano: NANO,
          attributes: ATTRIBUTES,
        },
        required: [
          'traceId',
          'spanId',
          'parentSpanId',
          'service',
          'name',
          'kind',
          'status',
          'startUnixNano',
          'durationNano',
          'attributes',
        ],
      },
    },
    next: CURSOR,
  },
  required: [],
};

export const LOGS_SCHEMA: Schema<LogsJson> = {
  type: 'object',
  properties: {
    logs: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          timeUnixNano: NANO,
          observedUnixNano: NANO,
          severityNumber: { type: 'integer', minimum: 0, maximum: 24 },
          severityText: TEXT,
          body: { description: 'Any JSON; null when the record had no body.' },
          service: TEXT,
          traceId: TRACE_ID,
          spanId: SPAN_ID,
          eventName: TEXT,
          attributes: ATTRIBUTES,
          resource: ATTRIBUTES,
        },
        required: [
          'timeUnixNano',
          'observedUnixNano',
          'severityNumber',
          'severityText',
          'service',
          'attributes',
          'resource',
        ],
      },
    },
    next: CURSOR,
  },
  required: ['logs'],
};

export const SERVICES_SCHEMA: Schema<ServicesJson> = {
  type: 'object',
  properties: { services: { type: 'array', items: TEXT } },
  required: ['services'],
};

export const OPERATIONS_SCHEMA: Schema<OperationsJson> = {
  type: 'object',
  properties: {
    operations: {
      type: 'array',
      items: {
        type: 'object',
        properties: { service: TEXT, name: TEXT, kind: TEXT },
        required: ['service', 'name', 'kind'],
      },
    },
  },
  required: ['operations'],
};

const ACCOUNTS: Schema<Accounts> = {
  type: 'object',
  description: 'received = accepted + rejected; accepted = stored + sampledOut + quarantined + inFlight.',
  properties: {
    received: COUNT,
    accepted: COUNT,
    rejected: COUNT,
    stored: COUNT,
    inFlight: COUNT,
    quarantined: COUNT,
    sampledOut: COUNT,
  },
  required: ['received', 'accepted', 'rejected', 'stored', 'inFlight', 'quarantined', 'sampledOut'],
};

export const STATUS_SCHEMA: Schema<StatusReport> = {
  type: 'object',
  properties: {
    version: TEXT,
    startedAt: TIME,
    uptimeMs: COUNT,
    dataPath: TEXT,
    ready: { type: 'boolean' },
    refusing: {
      type: 'string',
      description: 'Why senders are told to try again later; absent while they are not.',
    },
    accounts: {
      type: 'object',
      properties: {
        spans: ACCOUNTS,
        logs: ACCOUNTS,
        rejectedByReason: {
          type: 'array',
          items: {
            type: 'object',
            properties: { signal: TEXT, receiver: TEXT, reason: TEXT, count: COUNT },
            required: ['signal', 'receiver', 'reason', 'count'],
          },
        },
        discarded: {
          type: 'object',
          properties: { metricsRequests: COUNT },
          required: ['metricsRequests'],
        },
      },
      required: ['spans', 'logs', 'rejectedByReason', 'discarded'],
    },
    receivers: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: TEXT,
          endpoint: TEXT,
          listening: { type: 'boolean' },
          error: { type: 'string', description: 'Why it does not listen.' },
          requests: COUNT,
          accepted: COUNT,
          rejected: COUNT,
          lastRequestAt: TIME,
        },
        required: ['id', 'endpoint', 'listening', 'requests', 'accepted', 'rejected'],
      },
    },
    wal: {
      type: 'object',
      properties: {
        segmentsOpen: COUNT,
        segmentsWaiting: COUNT,
        bytesWaiting: COUNT,
        oldestWaitingMs: COUNT,
        oldestUnansweredMs: {
          type: 'integer',
          minimum: 0,
          description: 'How long the request waits that waits longest for its answer.',
        },
        quarantined: {
          type: 'array',
          items: {
            type: 'object',
            properties: { segment: TEXT, reason: TEXT, rows: COUNT },
            required: ['segment', 'reason', 'rows'],
          },
        },
      },
      required: [
        'segmentsOpen',
        'segmentsWaiting',
        'bytesWaiting',
        'oldestWaitingMs',
        'oldestUnansweredMs',
        'quarantined',
      ],
    },
    storage: {
      type: 'object',
      properties: {
        engine: TEXT,
        state: { type: 'string', enum: ['ready', 'starting', 'absent'] },
        tables: {
          type: 'array',
          items: {
            type: 'object',
            properties: { table: TEXT, rows: COUNT, bytesOnDisk: COUNT, parts: COUNT, oldestArrival: TIME },
            required: ['table', 'rows', 'bytesOnDisk', 'parts'],
          },
        },
        setAside: {
          type: 'array',
          description: 'Parts that were taken out of their tables, since they cannot be read.',
          items: {
            type: 'object',
            properties: { table: TEXT, part: TEXT, reason: TEXT, bytes: COUNT },
            required: ['table', 'part', 'reason', 'bytes'],
          },
        },
        tiers: {
          type: 'array',
          description: 'What lies where; absent without a cold tier.',
          items: {
            type: 'object',
            properties: {
              tier: { type: 'string', enum: ['hot', 'cold'] },
              place: TEXT,
              rows: COUNT,
              bytesOnDisk: COUNT,
              parts: COUNT,
              problem: { type: 'string', description: 'Why it cannot be used; absent when it can.' },
            },
            required: ['tier', 'place', 'rows', 'bytesOnDisk', 'parts'],
          },
        },
        shards: {
          type: 'array',
          description: "Absent where the store is the program's own.",
          items: {
            type: 'object',
            properties: {
              shard: COUNT,
              servers: { type: 'array', items: TEXT },
              problem: { type: 'string', description: 'Why it cannot be used; absent when it can.' },
              segmentsKept: {
                type: 'integer',
                minimum: 0,
                description: "Parts of segments that wait on this node's disk until the shard takes them.",
              },
              bytesKept: COUNT,
              oldestKeptMs: COUNT,
            },
            required: ['shard', 'servers', 'segmentsKept', 'bytesKept', 'oldestKeptMs'],
          },
        },
        diskFreeBytes: COUNT,
        diskTotalBytes: COUNT,
        diskFreeBytesMin: {
          type: 'integer',
          minimum: 0,
          description: 'Below this much room senders are told to try again later.',
        },
      },
      required: [
        'engine',
        'state',
        'tables',
        'setAside',
        'diskFreeBytes',
        'diskTotalBytes',
        'diskFreeBytesMin',
      ],
    },
    lagMs: {
      type: 'integer',
      minimum: 0,
      description: 'Age of the oldest acknowledged row that cannot be found yet.',
    },
  },
  required: [
    'version',
    'startedAt',
    'uptimeMs',
    'dataPath',
    'ready',
    'accounts',
    'receivers',
    'wal',
    'storage',
    'lagMs',
  ],
};
