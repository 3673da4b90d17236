// What the shop's parent process and its children say to each other over the channel between them.

import type { FaultName } from '../faults.ts';
import type { PeerName } from '../services.ts';

/** Where each peer answers. A peer with two addresses takes turns. */
export type Peers = Partial<Record<PeerName, readonly string[]>>;

/** Parent to child: the whole state, each time that anything in it changes; or that it is time to stop. */
export type ParentMessage =
  | { readonly kind: 'state'; readonly peers: Peers; readonly faults: readonly FaultName[] }
  | { readonly kind: 'stop' };

/** Child to parent: it serves at this address. */
export interface ReadyMessage {
  readonly kind: 'ready';
  readonly address: string;
}
