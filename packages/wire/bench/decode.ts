/**
 * Prints how many spans one core decodes in a second of its time: `node packages/wire/bench/decode.ts [seconds]`.
 *
 * The bodies hold 512 spans of about 512 bytes with 12 attributes, of which three are nearly unique, which is what
 * instrumented services send. Each body is decoded into a batch that is emptied every 64 requests, as a
 * group commit would, and its Native block is listed too.
 */
import { RecordBatch } from '@tracewright/model';
import { decodeOtlpTraces, type IngestContext } from '@tracewright/wire';
import { ProtobufWriter } from '../src/primitives/protobuf-writer.ts';

const BODIES = 64;
const SPANS = 512;
let seed = 7;

function random(limit: number): number {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return Math.floor((seed / 0x1_0000_0000) * limit);
}

function idBytes(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => 1 + random(255));
}

function text(writer: ProtobufWriter, field: number, key: string, value: string): void {
  const entry = writer.open(field);
  writer.string(1, key);
  const any = writer.open(2);
  writer.string(1, value);
  writer.close(any);
  writer.close(entry);
}

function integer(writer: ProtobufWriter, field: number, key: string, value: number): void {
  const entry = writer.open(field);
  writer.string(1, key);
  const any = writer.open(2);
  writer.unsigned(3, value);
  writer.close(any);
  writer.close(entry);
}

function span(writer: ProtobufWriter, traceId: Uint8Array): void {
  const mark = writer.open(2);
  writer.bytes(1, traceId);
  writer.bytes(2, idBytes(8));
  writer.bytes(4, idBytes(8));
  writer.string(5, ['GET /cart', 'POST /checkout', 'SELECT orders', 'publish order'][random(4)] ?? '');
  writer.unsigned(6, 1 + random(5));
  const start = 1_760_000_000_000_000_000n + BigInt(random(1_000_000_000));
  writer.fixed64(7, start);
  writer.fixed64(8, start + BigInt(random(50_000_000)));
  text(writer, 9, 'http.request.method', ['GET', 'POST', 'PUT'][random(3)] ?? '');
  text(writer, 9, 'http.route', `/api/v1/resource/${random(20)}/items`);
  text(writer, 9, 'url.path', `/api/v1/resource/${random(100_000)}/items`);
  integer(writer, 9, 'http.response.status_code', 200 + random(4));
  text(writer, 9, 'server.address', `host-${random(8)}.internal`);
  integer(writer, 9, 'server.port', 8080);
  text(writer, 9, 'user.id', `user-${random(200_000)}`);
  text(writer, 9, 'network.protocol.version', '1.1');
  text(writer, 9, 'thread.name', `worker-${random(16)}`);
  integer(writer, 9, 'thread.id', random(64));
  text(writer, 9, 'order.id', `${random(1_000_000_000)}-${random(1_000_000_000)}`);
  text(writer, 9, 'feature.flag', ['on', 'off'][random(2)] ?? '');
  const status = writer.open(15);
  writer.unsigned(3, random(3));
  writer.close(status);
  writer.fixed32(16, 257);
  writer.close(mark);
}

function body(): Uint8Array {
  const writer = new ProtobufWriter();
  const resourceSpans = writer.open(1);
  const resource = writer.open(1);
  text(writer, 1, 'service.name', `service-${random(10)}`);
  text(writer, 1, 'telemetry.sdk.language', 'nodejs');
  text(writer, 1, 'host.name', 'host-1');
  writer.close(resource);
  const scopeSpans = writer.open(2);
  const scope = writer.open(1);
  writer.string(1, '@opentelemetry/instrumentation-http');
  writer.string(2, '0.200.0');
  writer.close(scope);
  for (let at = 0; at < SPANS / 8; at++) {
    const traceId = idBytes(16);
    for (let member = 0; member < 8; member++) span(writer, traceId);
  }
  writer.close(scopeSpans);
  writer.close(resourceSpans);
  return writer.finish();
}

const encoder = new TextEncoder();
const context: IngestContext = {
  tenant: encoder.encode('default'),
  arrivedMs: 1_760_000_000_000,
  receiver: encoder.encode('otlp-http'),
  dialect: encoder.encode('otlp'),
};
const bodies = Array.from({ length: BODIES }, body);
const bytes = bodies.reduce((sum, each) => sum + each.length, 0);
const seconds = Number(process.argv[2] ?? 5);
const batch = new RecordBatch();
console.log(`${BODIES} bodies, ${(bytes / BODIES / SPANS).toFixed(0)} bytes a span`);
let best = 0;
for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
  const from = process.cpuUsage();
  let spans = 0;
  let written = 0;
  for (const each of bodies) {
    const result = decodeOtlpTraces(each, batch, context);
    if (!result.ok) throw new Error(result.failure.message);
    spans += result.value.accepted;
  }
  for (const chunk of batch.block('spans', 1n)) written += chunk.length;
  batch.reset();
  const { user, system } = process.cpuUsage(from);
  const rate = spans / ((user + system) / 1e6);
  if (rate > best) best = rate;
  console.log(`${Math.round(rate)} spans a CPU second, ${(written / spans).toFixed(0)} bytes a row`);
}
console.log(`best ${Math.round(best)} spans a CPU second`);
