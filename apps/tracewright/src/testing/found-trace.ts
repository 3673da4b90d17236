/** Asks for a trace until it is whole, and gives it in both encodings. */
import type { Message } from './otlp-messages.ts';
import type { RunningServer } from './running-server.ts';

export type FoundTrace = { readonly json: Message; readonly protobuf: Uint8Array; readonly spans: number };

export async function foundTrace(server: RunningServer, traceId: string, spans: number): Promise<FoundTrace> {
  const path = `/traces/${traceId}?logs=true`;
  let json: Message = {};
  await server.until(`trace ${traceId} has ${spans} spans`, async () => {
    const answer = await fetch(server.api(path));
    const text = await answer.text();
    if (answer.status !== 200) return false;
    json = JSON.parse(text);
    return Number(answer.headers.get('x-tracewright-spans')) >= spans;
  });
  const answer = await fetch(server.api(`/traces/${traceId}`), {
    headers: { accept: 'application/x-protobuf' },
  });
  if (answer.status !== 200) throw new Error(`Answered ${answer.status}: ${await answer.text()}`);
  const protobuf = new Uint8Array(await answer.arrayBuffer());
  return { json, protobuf, spans: Number(answer.headers.get('x-tracewright-spans')) };
}
