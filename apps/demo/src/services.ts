// The processes that make up the shop: the services people would draw, and the database, cache and broker below.

export type ServiceName =
  | 'frontend'
  | 'catalogue'
  | 'cart'
  | 'checkout'
  | 'payment'
  | 'inventory'
  | 'shipping'
  | 'tax'
  | 'recommendation';

export type StoreName = 'database' | 'cache' | 'broker';

/** Whoever other processes can call: by HTTP, or by the protocol of the store. */
export type PeerName = ServiceName | StoreName;

export interface ServiceDefinition {
  readonly name: ServiceName;
  readonly version: string;
  readonly instrumented: boolean;
  readonly summary: string;
  readonly script: URL;
}

/** The services written for Node, in the order in which they are stopped: callers before those they call. */
export const nodeServices: readonly ServiceDefinition[] = [
  {
    name: 'frontend',
    version: '3.1.0',
    instrumented: true,
    summary: 'what customers talk to, over HTTP',
    script: new URL('./services/frontend.ts', import.meta.url),
  },
  {
    name: 'checkout',
    version: '1.4.2',
    instrumented: true,
    summary: 'turns a cart into an order',
    script: new URL('./services/checkout.ts', import.meta.url),
  },
  {
    name: 'cart',
    version: '1.8.0',
    instrumented: true,
    summary: 'carts, in the cache',
    script: new URL('./services/cart.ts', import.meta.url),
  },
  {
    name: 'catalogue',
    version: '5.0.3',
    instrumented: true,
    summary: 'products and reviews, in SQL',
    script: new URL('./services/catalogue.ts', import.meta.url),
  },
  {
    name: 'inventory',
    version: '2.2.1',
    instrumented: true,
    summary: 'stock, in SQL transactions',
    script: new URL('./services/inventory.ts', import.meta.url),
  },
  {
    name: 'payment',
    version: '1.9.7',
    instrumented: true,
    summary: 'charges cards',
    script: new URL('./services/payment.ts', import.meta.url),
  },
  {
    name: 'tax',
    version: '0.9.0',
    instrumented: false,
    summary: 'legacy; knows nothing of tracing',
    script: new URL('./services/tax.ts', import.meta.url),
  },
  {
    name: 'shipping',
    version: '1.1.0',
    instrumented: true,
    summary: 'takes orders from the queue',
    script: new URL('./services/shipping.ts', import.meta.url),
  },
];

/** The one service in another language; it takes part when Python is on the machine. */
export const pythonService: ServiceDefinition = {
  name: 'recommendation',
  version: '0.4.1',
  instrumented: true,
  summary: 'what else one might like; written in Python',
  script: new URL('./services/recommendation.py', import.meta.url),
};

/** What the services keep things in, and the script that runs it. */
export const stores: Readonly<Record<StoreName, URL>> = {
  database: new URL('./infrastructure/database.ts', import.meta.url),
  cache: new URL('./infrastructure/cache.ts', import.meta.url),
  broker: new URL('./infrastructure/broker.ts', import.meta.url),
};

export function isStore(peer: PeerName): peer is StoreName {
  return Object.hasOwn(stores, peer);
}
