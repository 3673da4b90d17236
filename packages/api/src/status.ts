/**
 * Status: the accounts of the program, as every surface shows them. Whoever composes the program provides
 * the source; this room only prints it.
 *
 * The equations hold: received = accepted + rejected, and accepted = stored + sampledOut + quarantined +
 * inFlight, for spans and for logs.
 */

export type Accounts = {
  readonly received: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly stored: number;
  readonly inFlight: number;
  readonly quarantined: number;
  readonly sampledOut: number;
};

export type RejectionCount = {
  readonly signal: string;
  readonly receiver: string;
  readonly reason: string;
  readonly count: number;
};

export type ReceiverStatus = {
  readonly id: string;
  readonly endpoint: string;
  readonly listening: boolean;
  /** Why it does not listen. */
  readonly error?: string;
  readonly requests: number;
  readonly accepted: number;
  readonly rejected: number;
  /** RFC 3339; absent before the first request. */
  readonly lastRequestAt?: string;
};

export type QuarantinedSegment = { readonly segment: string; readonly reason: string; readonly rows: number };

export type WalStatus = {
  readonly segmentsOpen: number;
  readonly segmentsWaiting: number;
  readonly bytesWaiting: number;
  readonly oldestWaitingMs: number;
  /** How long the request waits that waits longest for its answer. */
  readonly oldestUnansweredMs: number;
  readonly quarantined: readonly QuarantinedSegment[];
};

export type StorageTable = {
  readonly table: string;
  readonly rows: number;
  readonly bytesOnDisk: number;
  readonly parts: number;
  /** RFC 3339; absent for an empty table. */
  readonly oldestArrival?: string;
};

/** A part that was taken out of its table, since it cannot be read. */
export type SetAsidePart = {
  readonly table: string;
  readonly part: string;
  readonly reason: string;
  readonly bytes: number;
};

/** What lies in one of the tiers of a store that has a cold one. */
export type StorageTier = {
  readonly tier: 'hot' | 'cold';
  /** Where; of a bucket its address. */
  readonly place: string;
  /** All three are zero for a tier that cannot be used. */
  readonly rows: number;
  readonly bytesOnDisk: number;
  readonly parts: number;
  /** Why it cannot be used; absent when it can. */
  readonly problem?: string;
};

/** One of the shards of a store on several servers. */
export type StorageShard = {
  /** Counted from 1. */
  readonly shard: number;
  readonly servers: readonly string[];
  /** Why it cannot be used; absent when it can. */
  readonly problem?: string;
  /** Parts of segments that wait on this node's disk until the shard takes them. */
  readonly segmentsKept: number;
  readonly bytesKept: number;
  /** Age of the oldest of them; zero when there is none. */
  readonly oldestKeptMs: number;
};

export type StorageStatus = {
  readonly engine: string;
  readonly state: 'ready' | 'starting' | 'absent';
  readonly tables: readonly StorageTable[];
  readonly setAside: readonly SetAsidePart[];
  /** Absent without a cold tier. */
  readonly tiers?: readonly StorageTier[];
  /** Absent where the store is this program's own. */
  readonly shards?: readonly StorageShard[];
  readonly diskFreeBytes: number;
  readonly diskTotalBytes: number;
  /** Below this much room senders are told to try again later. */
  readonly diskFreeBytesMin: number;
};

export type StatusReport = {
  readonly version: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly uptimeMs: number;
  readonly dataPath: string;
  /** Store open and listeners up. */
  readonly ready: boolean;
  /** Why senders are told to try again later; absent while they are not. */
  readonly refusing?: string;
  readonly accounts: {
    readonly spans: Accounts;
    readonly logs: Accounts;
    readonly rejectedByReason: readonly RejectionCount[];
    readonly discarded: { readonly metricsRequests: number };
  };
  readonly receivers: readonly ReceiverStatus[];
  readonly wal: WalStatus;
  readonly storage: StorageStatus;
  /** Age of the oldest acknowledged row that cannot be found yet; 0 when there is none. */
  readonly lagMs: number;
};

/** Cheap, and never fails: what cannot be had is reported as absent. */
export type StatusSource = () => Promise<StatusReport>;
