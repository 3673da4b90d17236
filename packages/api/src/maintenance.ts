/**
 * Maintenance: what an operator's commands ask of a running server: a picture of all that was acknowledged, and a
 * look at each part of the store. Whoever composes the program provides it.
 */
import type { Result } from '@tracewright/std';

/** A folder, within the data folder of the server, that holds a whole data folder as it was at one moment. */
export type SnapshotJson = {
  readonly snapshot: string;
  readonly path: string;
  readonly schemaVersion: number;
  /** RFC 3339: all that was acknowledged before is in it. */
  readonly takenAt: string;
  /** It is removed when nobody asked to keep it for so long. */
  readonly keptMs: number;
};

export type StoreOverviewJson = {
  readonly schemaVersion: number;
  readonly parts: readonly {
    readonly table: string;
    readonly part: string;
    readonly rows: number;
    readonly bytes: number;
  }[];
  readonly setAside: readonly {
    readonly table: string;
    readonly part: string;
    readonly reason: string;
    readonly bytes: number;
  }[];
  /** Absent where a damaged part keeps them from being counted. */
  readonly doubledRows?: number;
  readonly newestSegment: string;
};

export type PartVerdictJson = { readonly whole: boolean; readonly reason: string };

export type Maintenance = {
  takeSnapshot(): Promise<Result<SnapshotJson>>;
  /** False when there is no such snapshot. */
  keepSnapshot(snapshot: string): boolean;
  releaseSnapshot(snapshot: string): Promise<boolean>;
  inspectStore(): Promise<Result<StoreOverviewJson>>;
  checkPart(table: string, part: string, signal: AbortSignal): Promise<Result<PartVerdictJson>>;
};
