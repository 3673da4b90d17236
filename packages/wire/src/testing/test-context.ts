/** What tests hand to the decoders for a request's surroundings. */
import type { IngestContext } from '../otlp/ingest-context.ts';

const encoder = new TextEncoder();

export function testContext(tenant: string = 'tenant'): IngestContext {
  return {
    tenant: encoder.encode(tenant),
    arrivedMs: 1_760_000_000_123,
    receiver: encoder.encode('otlp/http'),
    dialect: encoder.encode('otlp'),
  };
}
