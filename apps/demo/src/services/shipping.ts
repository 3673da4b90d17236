// Takes orders from the queue, writes a shipment for each, and every few seconds dispatches what has gathered:
// one batch with links to all the orders in it.

import type { SpanContext } from '@opentelemetry/api';
import mqtt from 'mqtt';
import { liveAsChild, sayReady } from '../process/child.ts';
import { openPool } from '../process/open-pool.ts';
import { peerReady } from '../process/peers.ts';
import { createLog } from '../process/run-service.ts';
import { type CloudEvent, processBatch, processEvent } from '../telemetry/messaging.ts';

interface Shipment {
  readonly orderId: string;
  readonly spanContext: SpanContext;
}

const log = createLog('shipping');
const dispatchIntervalMs = 2_000;
const gathered: Shipment[] = [];
const pool = openPool(2, log);
const broker = peerReady('broker').then((address) =>
  mqtt.connectAsync(address, { clientId: 'shipping', clean: false }),
);

const dispatching = setInterval(() => {
  dispatch().catch((error: unknown) => log.error({ err: error }, 'cannot dispatch'));
}, dispatchIntervalMs);

liveAsChild(async () => {
  clearInterval(dispatching);
  await (await broker).endAsync();
  await dispatch();
  await (await pool).end();
});

const client = await broker;
client.on('message', (topic, payload) => {
  processEvent(topic, payload, prepare).catch((error: unknown) =>
    log.error({ err: error }, 'cannot prepare a shipment'),
  );
});
await client.subscribeAsync('orders/placed', { qos: 1 });
log.info('shipping waits for orders');
sayReady('mqtt:orders/placed');

async function prepare(event: CloudEvent, spanContext: SpanContext): Promise<void> {
  const { orderId, items } = event.data as { orderId: string; items: readonly unknown[] };
  const insert = 'INSERT INTO shipments (order_id, parcels) VALUES ($1, $2) ON CONFLICT DO NOTHING';
  await (await pool).query(insert, [orderId, items.length]);
  gathered.push({ orderId, spanContext });
  log.info({ orderId, parcels: items.length }, 'shipment prepared');
}

async function dispatch(): Promise<void> {
  const batch = gathered.splice(0);
  if (batch.length === 0) return;
  const orders = batch.map((shipment) => shipment.spanContext);
  await processBatch('dispatch parcels', orders, async () => {
    const ids = batch.map((shipment) => shipment.orderId);
    await (await pool).query('UPDATE shipments SET dispatched_at = now() WHERE order_id = ANY($1)', [ids]);
    log.info({ shipments: ids.length }, 'parcels dispatched');
  });
}
