/**
 * Quarantine: segments that the engine refuses for good, and those that were found damaged. Each is a folder
 * with the reason beside its files; they are counted and shown. A refused one goes back to the queue when asked.
 * Nothing removes them by itself.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Segment } from '@tracewright/model';
import { failpoint } from '@tracewright/std';
import { describeSegment } from './segment/recover.ts';
import { listSegmentIds, moveSegment, segmentName, segmentPath, tablePath } from './segment/segment-files.ts';

export type QuarantinedSegment = {
  readonly id: bigint;
  readonly reason: string;
  /** What it holds; undefined for one that is kept for inspection only. */
  readonly segment: Segment | undefined;
};

const REASON = 'reason';

export class Quarantine {
  readonly #directory: string;
  readonly #held: Map<bigint, QuarantinedSegment> = new Map();
  /** Ids of damaged segments, whose rows are known to nobody. */
  readonly #damaged: Map<bigint, string> = new Map();

  constructor(directory: string) {
    this.#directory = directory;
  }

  get directory(): string {
    return this.#directory;
  }

  /** Finds what a former life set aside; gives the highest id among it, damaged ones included. */
  open(): bigint {
    mkdirSync(this.#directory, { recursive: true });
    let highestId = 0n;
    for (const id of listSegmentIds(this.#directory)) {
      const segment = describeSegment(this.#directory, id);
      this.#held.set(id, { id, reason: this.#readReason(segmentName(id)), segment });
      if (id > highestId) highestId = id;
    }
    for (const name of readdirSync(this.#directory)) {
      const match = /^(\d{20})\.damaged$/.exec(name);
      if (match?.[1] === undefined) continue;
      const id = BigInt(match[1]);
      this.#damaged.set(id, this.#readReason(name));
      // Rows of it may be in the store, although nobody can tell which.
      if (id > highestId) highestId = id;
    }
    return highestId;
  }

  list(): readonly QuarantinedSegment[] {
    const damaged = [...this.#damaged].map(([id, reason]) => ({ id, reason, segment: undefined }));
    return [...this.#held.values(), ...damaged];
  }

  /** Recovery kept a damaged segment aside. */
  addDamaged(id: bigint, reason: string): void {
    this.#damaged.set(id, reason);
  }

  /** Moves a segment here, by one rename. */
  add(segment: Segment, walDirectory: string, reason: string): void {
    const { id } = segment;
    failpoint('quarantine.add.begin');
    writeFileSync(join(segmentPath(walDirectory, id), REASON), `${reason}\n`, { flush: true });
    failpoint('quarantine.add.noted');
    moveSegment(id, walDirectory, this.#directory);
    failpoint('quarantine.add.moved');
    this.#held.set(id, {
      id,
      reason,
      segment: { ...segment, files: filesIn(this.#directory, segment), replayed: true },
    });
  }

  /** Moves a segment back; undefined when there is none of that id that could be inserted. */
  release(id: bigint, walDirectory: string): Segment | undefined {
    const segment = this.#held.get(id)?.segment;
    if (segment === undefined) return undefined;
    failpoint('quarantine.release.begin');
    moveSegment(id, this.#directory, walDirectory);
    failpoint('quarantine.release.moved');
    rmSync(join(segmentPath(walDirectory, id), REASON), { force: true });
    this.#held.delete(id);
    return { ...segment, files: filesIn(walDirectory, segment), replayed: true };
  }

  #readReason(name: string): string {
    try {
      return readFileSync(join(this.#directory, name, REASON), 'utf8').trim();
    } catch {
      return 'unknown';
    }
  }
}

function filesIn(directory: string, segment: Segment): Segment['files'] {
  return segment.files.map((file) => ({ ...file, path: tablePath(directory, segment.id, file.table) }));
}
