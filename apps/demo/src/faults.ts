// The faults that can be switched on while the shop runs. Each names the service it strikes and how it is
// brought about: told to the running process, by a replaced process, or by a second version beside the first.

import { chargeAttempts, orderAttempts, refusalsInARow } from './retry-storm.ts';
import type { ServiceName } from './services.ts';

export type FaultName =
  | 'slow-query'
  | 'n-plus-one'
  | 'error-burst'
  | 'retry-storm'
  | 'dropped-context'
  | 'uninstrumented'
  | 'clock-skew'
  | 'slow-version';

/** How a fault comes about. */
export type FaultMeans =
  | { readonly kind: 'told' }
  | {
      readonly kind: 'replaced';
      readonly instrumented: boolean;
      readonly environment: Record<string, string>;
    }
  | { readonly kind: 'canary'; readonly version: string };

export interface Fault {
  readonly name: FaultName;
  readonly service: ServiceName;
  readonly means: FaultMeans;
  readonly summary: string;
  /** What a person finds in the traces while the fault is on. */
  readonly sign: string;
  /** The arguments of `tracewright search` that find such traces. */
  readonly search: string;
}

export const faults: readonly Fault[] = [
  {
    name: 'slow-query',
    service: 'catalogue',
    means: { kind: 'told' },
    summary: 'the search of reviews stops using its index and reads the whole table',
    sign: 'GET /search takes 100 ms and more; nearly all of it is one SELECT in catalogue, behind which others wait',
    search: "--service catalogue --name 'GET /search' --min-duration 80ms",
  },
  {
    name: 'n-plus-one',
    service: 'catalogue',
    means: { kind: 'told' },
    summary: 'the product list asks the database once per product instead of once',
    sign: 'GET /products in catalogue has 25 SELECTs of the same text, one after another',
    search: "--service catalogue --name 'GET /products'",
  },
  {
    name: 'error-burst',
    service: 'payment',
    means: { kind: 'told' },
    summary: 'the card processor refuses to answer every second charge',
    sign: 'POST /charges has status ERROR and an exception; the error climbs to checkout and frontend',
    search: '--service payment --errors',
  },
  {
    name: 'retry-storm',
    service: 'checkout',
    means: { kind: 'told' },
    summary: `payment refuses ${refusalsInARow} charges in a row; checkout tries each charge ${chargeAttempts} times and frontend each order ${orderAttempts} times, without waiting`,
    sign: `one trace with up to ${orderAttempts} POST /orders of up to ${chargeAttempts} POST /charges each, most of them 503`,
    search: '--service payment --tag http.response.status_code=503',
  },
  {
    name: 'dropped-context',
    service: 'inventory',
    means: { kind: 'replaced', instrumented: true, environment: { OTEL_PROPAGATORS: 'b3' } },
    summary: 'inventory is set to B3 headers only, so that it does not understand traceparent',
    sign: 'POST /reservations is the root of a trace of its own; the checkout trace ends at the client span',
    search: "--service inventory --name 'POST /reservations'",
  },
  {
    name: 'uninstrumented',
    service: 'cart',
    means: { kind: 'replaced', instrumented: false, environment: {} },
    summary: 'cart is deployed without the SDK',
    sign: 'no span of cart and none of its cache; the callers’ client spans have no child',
    search: '--service checkout --tag service.peer.name=cart',
  },
  {
    name: 'clock-skew',
    service: 'payment',
    means: { kind: 'told' },
    summary: 'the clock of payment runs 3 seconds behind',
    sign: 'POST /charges in payment ends before the client span of checkout that called it begins',
    search: "--service payment --name 'POST /charges'",
  },
  {
    name: 'slow-version',
    service: 'checkout',
    means: { kind: 'canary', version: '2.0.0' },
    summary: 'checkout 2.0.0 takes half of the orders and asks for prices, taxes and stock item by item',
    sign: 'POST /orders with service.version 2.0.0 takes several times as long, with steps in a row',
    search: '--service checkout --tag service.version=2.0.0',
  },
];

/** Finds a fault by its name; undefined when there is none. */
export function findFault(name: string): Fault | undefined {
  return faults.find((fault) => fault.name === name);
}
