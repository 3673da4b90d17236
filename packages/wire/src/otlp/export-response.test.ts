import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import type { Acceptance } from '@tracewright/model';
import { encodeExportResponse } from './export-response.ts';

const READERS = {
  protobuf: {
    traces: ProtobufTraceSerializer,
    logs: ProtobufLogsSerializer,
    metrics: ProtobufMetricsSerializer,
  },
  json: { traces: JsonTraceSerializer, logs: JsonLogsSerializer, metrics: JsonMetricsSerializer },
} as const;
const REJECTED = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
} as const;

const WHOLE: Acceptance = { accepted: 5, rejected: 0, rejections: [] };
const PART: Acceptance = {
  accepted: 2,
  rejected: 300,
  rejections: [
    {
      index: 3,
      code: 'invalid',
      kind: 'trace-id-missing',
      reason: 'Cannot accept span 3: trace id is missing',
    },
    {
      index: 4,
      code: 'invalid',
      kind: 'trace-id-missing',
      reason: 'Cannot accept span 4: trace id is 10 bytes, expected 16',
    },
  ],
};

for (const format of ['protobuf', 'json'] as const) {
  for (const signal of ['traces', 'logs', 'metrics'] as const) {
    test(`the real client reads the answer for ${signal} in ${format}`, () => {
      const reader = READERS[format][signal];
      const whole = reader.deserializeResponse(encodeExportResponse(signal, WHOLE, format));
      assert.equal(whole.partialSuccess, undefined);
      const part: { partialSuccess?: object } = reader.deserializeResponse(
        encodeExportResponse(signal, PART, format),
      );
      const { errorMessage, ...counts } = { ...part.partialSuccess } as { errorMessage?: string };
      assert.equal(
        errorMessage,
        'Cannot accept span 3: trace id is missing; Cannot accept span 4: trace id is 10 bytes, expected 16; and 298 more',
      );
      assert.deepEqual(
        Object.entries(counts).map(([name, count]) => [name, Number(count)]),
        [[REJECTED[signal], 300]],
      );
    });
  }
}

test('an answer to a request that was accepted whole says nothing', () => {
  assert.equal(encodeExportResponse('traces', WHOLE, 'protobuf').length, 0);
  assert.equal(new TextDecoder().decode(encodeExportResponse('logs', WHOLE, 'json')), '{}');
});
