// Names, kinds and attributes of the shop's spans. The first attributes are the ones a query looks for, so that
// a run with fewer attributes still has them.

import type { Random } from './random.ts';
import { SERVICES } from './shop-resources.ts';
import { type Attribute, int, text } from './workload.ts';

export type SpanRole = 'server' | 'client' | 'internal' | 'database' | 'producer' | 'consumer';

export type SpanFace = {
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly Attribute[];
};

const KINDS: Readonly<Record<SpanRole, number>> = {
  internal: 1,
  server: 2,
  client: 3,
  database: 3,
  producer: 4,
  consumer: 5,
};
const ROUTES = [
  'items/{id}',
  'items',
  'orders/{id}',
  'orders',
  'search',
  'stock/{id}',
  'quotes',
  'health',
] as const;
const TABLES = ['items', 'orders', 'customers', 'stock_levels', 'prices', 'shipments'] as const;
const AGENTS: readonly string[] = Array.from(
  { length: 20 },
  (_, number) => `Mozilla/5.0 (X11; Linux x86_64) Firefox/${120 + number}.0`,
);
const VOUCHERS = ['summer-sun', 'newsletter', 'loyal-2026', 'spring-003', 'bundle-two'] as const;
const PRICES: readonly number[] = Array.from({ length: 500 }, (_, number) => 4.99 + number * 1.25);

/** A span's name, kind and attributes for its role in the given service (a rank in `SERVICES`). */
export function attributesOf(role: SpanRole, service: number, random: Random, count: number): SpanFace {
  const serviceName = SERVICES[service] ?? 'storefront';
  const route = `/${serviceName}/${ROUTES[Math.floor(random.fraction() ** 2 * ROUTES.length)] ?? 'items'}`;
  const method = random.below(5) === 0 ? 'POST' : 'GET';
  const searched: readonly Attribute[] = [
    { key: 'shop.order.ref', value: { kind: 'unique' } },
    { key: 'user.id', value: { kind: 'digits', prefix: 'u-', below: 200_000, salt: 11 } },
    { key: 'shop.voucher', value: { kind: 'rare', usual: voucher(random) } },
  ];
  const own = ownOf(role, serviceName, route, method, random);
  const common: readonly Attribute[] = [
    text('server.address', `${serviceName}.shop.svc`),
    int('server.port', 8080 + service),
    { key: 'shop.basket.total', value: { kind: 'double', value: random.pick(PRICES) } },
    { key: 'shop.guest', value: { kind: 'bool', value: random.below(3) === 0 } },
  ];
  const known = [...searched, ...own.attributes, ...common];
  const more = Array.from({ length: Math.max(0, count - known.length) }, (_, extra) =>
    text(`shop.extra.${String(extra).padStart(2, '0')}`, `value-${random.below(8)}`),
  );
  return { name: own.name, kind: KINDS[role], attributes: [...known, ...more].slice(0, count) };
}

function ownOf(
  role: SpanRole,
  service: string,
  route: string,
  method: string,
  random: Random,
): { readonly name: string; readonly attributes: readonly Attribute[] } {
  switch (role) {
    case 'server':
    case 'client':
      return {
        name: role === 'server' ? `${method} ${route}` : method,
        attributes: [
          text('http.request.method', method),
          int('http.response.status_code', random.below(40) === 0 ? 404 : 200),
          text('http.route', route),
          {
            key: 'url.path',
            value: { kind: 'digits', prefix: `/${service}/items/`, below: 100_000, salt: 23 },
          },
          text('user_agent.original', random.pick(AGENTS)),
        ],
      };
    case 'database': {
      const table = random.pick(TABLES);
      const operation = random.below(4) === 0 ? 'UPDATE' : 'SELECT';
      return {
        name: `${operation} ${table}`,
        attributes: [
          text('db.system.name', 'postgresql'),
          text('db.namespace', service),
          text('db.operation.name', operation),
          text('db.collection.name', table),
          text('db.query.text', `${operation} id, name FROM ${table} WHERE id = $1`),
        ],
      };
    }
    case 'producer':
    case 'consumer':
      return {
        name: `${role === 'producer' ? 'send' : 'process'} ${service}.events`,
        attributes: [
          text('messaging.system', 'kafka'),
          text('messaging.destination.name', `${service}.events`),
          text('messaging.operation.type', role === 'producer' ? 'send' : 'process'),
          int('messaging.kafka.offset', random.below(1_000_000)),
          text('messaging.client.id', `${service}-events-client-${random.below(4)}`),
        ],
      };
    case 'internal':
      return {
        name: `${service}.render`,
        attributes: [
          text('code.function.name', `${service}.handlers.render`),
          text('code.file.path', `/srv/shop/${service}/handlers/render.js`),
          int('code.line.number', 20 + random.below(300)),
          text('thread.name', `worker-${random.below(8)}`),
          text('shop.experiment', `layout-${random.below(4)}`),
        ],
      };
  }
}

function voucher(random: Random): string {
  const share = random.below(20);
  if (share === 0) return 'welcome-10';
  return share < 6 ? (VOUCHERS[share - 1] ?? 'no-voucher') : 'no-voucher';
}
