/**
 * Quarantine: segments that the engine refuses for good. They lie in a folder of their own with the reason
 * beside them, are counted and shown, and go back to the queue when asked. Nothing removes them by itself.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SEGMENT_TABLES, type Segment } from '@tracewright/model';
import { listSegments } from './segment/recover.ts';
import { segmentName, sidecarPath, tablePath } from './segment/segment-files.ts';

export type QuarantinedSegment = { readonly segment: Segment; readonly reason: string };

export class Quarantine {
  readonly #directory: string;
  readonly #held: Map<bigint, QuarantinedSegment> = new Map();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Finds what a former life set aside; gives the highest id among it. */
  open(): bigint {
    mkdirSync(this.#directory, { recursive: true });
    let highestId = 0n;
    for (const segment of listSegments(this.#directory)) {
      this.#held.set(segment.id, { segment, reason: this.#readReason(segment.id) });
      if (segment.id > highestId) highestId = segment.id;
    }
    return highestId;
  }

  list(): readonly QuarantinedSegment[] {
    return [...this.#held.values()];
  }

  /** Moves a segment's files here. */
  add(segment: Segment, walDirectory: string, reason: string): void {
    for (const file of segment.files) renameSync(file.path, join(this.#directory, basename(file.path)));
    renameSync(sidecarPath(walDirectory, segment.id), sidecarPath(this.#directory, segment.id));
    writeFileSync(this.#reasonPath(segment.id), `${reason}\n`);
    const files = segment.files.map((file) => ({
      ...file,
      path: tablePath(this.#directory, segment.id, file.table),
    }));
    this.#held.set(segment.id, { segment: { ...segment, files, replayed: true }, reason });
  }

  /** Moves a segment back; undefined when there is none of that id. */
  release(id: bigint, walDirectory: string): Segment | undefined {
    const held = this.#held.get(id);
    if (held === undefined) return undefined;
    const files = held.segment.files.map((file) => ({
      ...file,
      path: tablePath(walDirectory, id, file.table),
    }));
    for (const table of SEGMENT_TABLES) {
      const file = held.segment.files.find((candidate) => candidate.table === table);
      if (file !== undefined) renameSync(file.path, tablePath(walDirectory, id, table));
    }
    renameSync(sidecarPath(this.#directory, id), sidecarPath(walDirectory, id));
    rmSync(this.#reasonPath(id), { force: true });
    this.#held.delete(id);
    return { ...held.segment, files, replayed: true };
  }

  #reasonPath(id: bigint): string {
    return join(this.#directory, `${segmentName(id)}.reason`);
  }

  #readReason(id: bigint): string {
    if (!readdirSync(this.#directory).includes(`${segmentName(id)}.reason`)) return 'unknown';
    return readFileSync(this.#reasonPath(id), 'utf8').trim();
  }
}
