// Spans for messages. No instrumentation exists for MQTT, and MQTT 3.1.1 has no headers, so that the shop does by
// hand what one would do: messages are CloudEvents, whose distributed-tracing extension carries the context in
// the fields `traceparent` and `tracestate`.

import { randomUUID } from 'node:crypto';
import {
  type Attributes,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { MqttClient } from 'mqtt';

const tracer = trace.getTracer('shop-messaging', '1.0.0');

export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly data: unknown;
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Publishes an event and waits for the broker's acknowledgement, within a PRODUCER span. */
export function publishEvent(
  client: MqttClient,
  topic: string,
  event: { readonly source: string; readonly type: string; readonly data: unknown },
): Promise<void> {
  const id = randomUUID();
  const attributes = {
    ...messageAttributes(topic, id),
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
  };
  return tracer.startActiveSpan(`send ${topic}`, { kind: SpanKind.PRODUCER, attributes }, async (span) => {
    const carrier: Record<string, string> = {};
    propagation.inject(context.active(), carrier);
    const { traceparent, tracestate } = carrier;
    const envelope: CloudEvent = {
      specversion: '1.0',
      id,
      source: `/shop/${event.source}`,
      type: event.type,
      time: new Date(Date.now()).toISOString(),
      data: event.data,
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(tracestate === undefined ? {} : { tracestate }),
    };
    const payload = JSON.stringify(envelope);
    span.setAttribute('messaging.message.body.size', Buffer.byteLength(payload));
    await endWith(span, async () => {
      await client.publishAsync(topic, payload, { qos: 1 });
    });
  });
}

/** Handles a received event within a CONSUMER span: a child of the producer's span, and linked to it. */
export function processEvent(
  topic: string,
  payload: Buffer,
  handle: (event: CloudEvent, spanContext: SpanContext) => Promise<void>,
): Promise<void> {
  const event = JSON.parse(payload.toString('utf8')) as CloudEvent;
  const parent = propagation.extract(ROOT_CONTEXT, event);
  const creation = trace.getSpanContext(parent);
  const attributes = {
    ...messageAttributes(topic, event.id),
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.message.body.size': payload.length,
  };
  const links: Link[] = creation === undefined ? [] : [{ context: creation }];
  return tracer.startActiveSpan(
    `process ${topic}`,
    { kind: SpanKind.CONSUMER, attributes, links },
    parent,
    (span) => endWith(span, () => handle(event, span.spanContext())),
  );
}

/** Runs work on a batch of messages within a span of its own trace, linked to the span of each message. */
export function processBatch(
  name: string,
  messages: readonly SpanContext[],
  work: () => Promise<void>,
): Promise<void> {
  const attributes = { 'messaging.system': 'mqtt', 'messaging.batch.message_count': messages.length };
  const links = messages.map((spanContext, index) => ({
    context: spanContext,
    attributes: { 'shop.batch.position': index },
  }));
  return tracer.startActiveSpan(name, { kind: SpanKind.INTERNAL, attributes, links, root: true }, (span) =>
    endWith(span, work),
  );
}

async function endWith(span: Span, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    span.recordException(error);
    span.setAttribute('error.type', error.name);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
    throw error;
  } finally {
    span.end();
  }
}

function messageAttributes(topic: string, id: string): Attributes {
  return { 'messaging.system': 'mqtt', 'messaging.destination.name': topic, 'messaging.message.id': id };
}
