/**
 * ClusterWriter: implements model's `Writer` over several shards.
 *
 * A segment is divided by the traces of its rows, and each shard gets its part, at the same time as the
 * others. A shard that is away, or slow beyond patience, holds nobody up: its part is kept on disk, and the
 * segment counts as stored, because every row of it is safe either in a shard or in a part that is kept.
 * Each shard sees each row once, for each has its own writer with that promise.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Segment, Writer } from '@tracewright/model';
import { err, failure, ok, type Result } from '@tracewright/std';
import { KeptParts } from './kept-parts.ts';
import { Placement } from './shard-of.ts';
import { type SegmentPart, splitSegment, UNFINISHED } from './split-segment.ts';

export type WritableShard = {
  /** As messages call it. */
  readonly name: string;
  readonly writer: Writer;
  /** Whether its tables are known to be right and it answers. */
  isOpen(): boolean;
};

export type KeptForShard = {
  /** Of as many segments. */
  readonly parts: number;
  readonly bytes: number;
  readonly oldestUnixMs?: number;
};

export type ClusterWriterOptions = {
  readonly shards: readonly WritableShard[];
  /** Where parts lie. */
  readonly directory: string;
  /** What parts may take before inserts wait for the shards that are away. */
  readonly keptBytesMax: number;
  readonly sync: boolean;
  /** How long a shard may take for its part before that is kept. */
  readonly patienceMs?: number;
  readonly report: (level: 'info' | 'warn' | 'error', message: string) => void;
};

const PATIENCE_MS = 15_000;

export class ClusterWriter implements Writer {
  readonly #options: ClusterWriterOptions;
  readonly #placement: Placement;
  readonly #kept: readonly KeptParts[];
  /** Inserts that outlasted the patience for them, by shard and segment. */
  readonly #late: Set<Promise<unknown>> = new Set();

  constructor(options: ClusterWriterOptions) {
    this.#options = options;
    this.#placement = new Placement(options.shards.length);
    this.#kept = options.shards.map(
      (shard, at) =>
        new KeptParts({
          directory: this.#directoryOf(at),
          name: shard.name,
          writer: shard.writer,
          isOpen: () => shard.isOpen(),
          sync: options.sync,
          report: options.report,
        }),
    );
  }

  /** Begins to send what a former life kept. */
  start(): void {
    for (const kept of this.#kept) kept.start();
  }

  /** What waits for shards that are away. */
  kept(): { readonly parts: number; readonly bytes: number } {
    return {
      parts: this.#kept.reduce((sum, { count }) => sum + count, 0),
      bytes: this.#kept.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /** The same for each shard, in their order. */
  keptByShard(): readonly KeptForShard[] {
    return this.#kept.map(({ count, bytes, oldestUnixMs }) => ({
      parts: count,
      bytes,
      ...(oldestUnixMs === undefined ? {} : { oldestUnixMs }),
    }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#kept.map((kept) => kept.stop()));
    await Promise.allSettled(this.#late);
  }

  async insert(segment: Segment): Promise<Result<void>> {
    const { shards } = this.#options;
    const away = shards.filter((shard) => !shard.isOpen());
    if (away.length === shards.length) {
      return err(failure('unavailable', `No shard is there: ${away.map(({ name }) => name).join(', ')}`));
    }
    const split = await splitSegment(segment, this.#placement, (shard) =>
      join(this.#directoryOf(shard), `${String(segment.id).padStart(20, '0')}${UNFINISHED}`),
    );
    if (!split.ok) return split;
    const results = await Promise.all(split.value.map((part) => this.#place(part)));
    return results.find((result) => !result.ok) ?? ok(undefined);
  }

  #directoryOf(shard: number): string {
    return join(this.#options.directory, String(shard + 1));
  }

  async #place(part: SegmentPart): Promise<Result<void>> {
    const shard = this.#options.shards[part.shard] as WritableShard;
    const kept = this.#kept[part.shard] as KeptParts;
    if (kept.has(part.segment.id)) {
      // A former try kept it, and another shard's failure brought the segment back.
      rmSync(part.folder, { recursive: true, force: true });
      return ok(undefined);
    }
    if (!shard.isOpen()) return this.#keep(part, `${shard.name} is away`);
    const inserting = shard.writer.insert(part.segment);
    const result = await this.#patiently(inserting);
    if (result === undefined) {
      // It may still come true: the shard is asked what it has before the part is sent again.
      this.#late.add(inserting);
      void inserting.finally(() => this.#late.delete(inserting));
      return this.#keep(part, `${shard.name} is slow`);
    }
    if (result.ok || result.failure.retry === 'never') {
      rmSync(part.folder, { recursive: true, force: true });
      return result;
    }
    return this.#keep(part, result.failure.message);
  }

  async #patiently(inserting: Promise<Result<void>>): Promise<Result<void> | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), this.#options.patienceMs ?? PATIENCE_MS);
    });
    const first = await Promise.race([inserting, patience]);
    clearTimeout(timer);
    return first;
  }

  #keep(part: SegmentPart, reason: string): Result<void> {
    const { keptBytesMax } = this.#options;
    if (this.kept().bytes + part.bytes > keptBytesMax) {
      rmSync(part.folder, { recursive: true, force: true });
      const message = `${reason}, and no more than ${keptBytesMax} bytes are kept for shards that are away`;
      return err(failure('unavailable', message));
    }
    try {
      (this.#kept[part.shard] as KeptParts).keep(part);
      return ok(undefined);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      return err(failure('unavailable', `${reason}, and its part cannot be kept: ${why}`, { cause }));
    }
  }
}
