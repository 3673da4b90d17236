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
}

/** The services written for Node, in the order in which they are stopped: callers before those they call. */
export const nodeServices: readonly ServiceDefinition[] = [
  { name: 'frontend', version: '3.1.0', instrumented: true, summary: 'what customers talk to, over HTTP' },
  { name: 'checkout', version: '1.4.2', instrumented: true, summary: 'turns a cart into an order' },
  { name: 'cart', version: '1.8.0', instrumented: true, summary: 'carts, in the cache' },
  { name: 'catalogue', version: '5.0.3', instrumented: true, summary: 'products and reviews, in SQL' },
  { name: 'inventory', version: '2.2.1', instrumented: true, summary: 'stock, in SQL transactions' },
  { name: 'payment', version: '1.9.7', instrumented: true, summary: 'charges cards' },
  { name: 'tax', version: '0.9.0', instrumented: false, summary: 'legacy; knows nothing of tracing' },
  { name: 'shipping', version: '1.1.0', instrumented: true, summary: 'takes orders from the queue' },
];

/** The one service in another language; it takes part when Python is on the machine. */
export const pythonService: ServiceDefinition = {
  name: 'recommendation',
  version: '0.4.1',
  instrumented: true,
  summary: 'what else one might like; written in Python',
};

export const stores: readonly StoreName[] = ['database', 'cache', 'broker'];
