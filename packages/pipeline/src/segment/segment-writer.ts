/**
 * SegmentWriter: appends batches to the open segment and closes it, on one thread, with synchronous I/O.
 *
 * `commit` returns only when the batch would survive `kill -9` of this process (the bytes are with the
 * kernel), and with `sync` also a power cut. When it fails, the files are cut back to what stood before, so a full disk
 * costs the batch in hand and nothing else.
 */
import { closeSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, writevSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import {
  type RecordBatch,
  SEGMENT_SCHEMA_VERSION,
  SEGMENT_TABLES,
  type Segment,
  type SegmentFile,
  type SegmentTable,
} from '@tracewright/model';
import { err, failpoint, failure, ok, type Result } from '@tracewright/std';
import { removeSegment, segmentPath, sidecarPath, tablePath } from './segment-files.ts';
import { type BlockExtent, encodeSidecarHead, encodeSidecarRecord } from './sidecar.ts';
import { syncFolder } from './sync-folder.ts';

export type SegmentWriterOptions = {
  readonly directory: string;
  /** True: each commit reaches the disk before it returns. */
  readonly sync: boolean;
};

type OpenFile = { readonly path: string; readonly descriptor: number; bytes: number; rows: number };

export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #files: Map<SegmentTable, OpenFile> = new Map();
  #sidecar: { readonly descriptor: number; bytes: number } | undefined;
  #id = 0n;
  /** A commit could not be taken back, or its sync failed: the segment has to be abandoned. */
  isBroken = false;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#sidecar !== undefined;
  }

  /** Bytes in the open segment. */
  get bytes(): number {
    let sum = 0;
    for (const file of this.#files.values()) sum += file.bytes;
    return sum;
  }

  /** Opens a new segment. The caller gives an id that was never used. */
  open(id: bigint): Result<void> {
    try {
      failpoint('wal.open.begin');
      mkdirSync(segmentPath(this.#options.directory, id));
      const descriptor = openSync(sidecarPath(this.#options.directory, id), 'wx');
      this.#sidecar = { descriptor, bytes: 0 };
      this.#id = id;
      failpoint('wal.open.made');
      const head = encodeSidecarHead(id, SEGMENT_SCHEMA_VERSION);
      writeAll(descriptor, [head], 0);
      this.#sidecar.bytes = head.length;
      if (this.#options.sync) {
        fdatasyncSync(descriptor);
        syncFolder(segmentPath(this.#options.directory, id));
        syncFolder(this.#options.directory);
      }
      failpoint('wal.open.done');
      return ok(undefined);
    } catch (cause) {
      this.#closeDescriptors();
      try {
        removeSegment(this.#options.directory, id);
      } catch {
        // An empty folder is left: recovery removes it.
      }
      return err(ioFailure(`Cannot open segment ${id}`, cause));
    }
  }

  /** Appends one batch as one block a table, then its record. The batch may be reset afterwards. */
  commit(batch: RecordBatch, committedUnixMs: number): Result<void> {
    const sidecar = this.#sidecar;
    if (sidecar === undefined) return err(failure('internal', 'Cannot commit: no segment is open'));
    const before = new Map(
      [...this.#files].map(([table, file]) => [table, { bytes: file.bytes, rows: file.rows }]),
    );
    try {
      const blocks: Partial<Record<SegmentTable, BlockExtent>> = {};
      let created = false;
      for (const table of SEGMENT_TABLES) {
        const chunks = batch.block(table, this.#id);
        if (chunks.length === 0) continue;
        let file = this.#files.get(table);
        if (file === undefined) {
          const path = tablePath(this.#options.directory, this.#id, table);
          file = { path, descriptor: openSync(path, 'wx'), bytes: 0, rows: 0 };
          this.#files.set(table, file);
          created = true;
        }
        failpoint('wal.append.begin');
        let crc = 0;
        for (const chunk of chunks) crc = crc32(chunk, crc);
        const written = writeAll(file.descriptor, chunks, file.bytes);
        failpoint('wal.append.written');
        if (this.#options.sync) this.#reachDisk(() => fdatasyncSync(file.descriptor));
        const rows = batch.rows(table);
        blocks[table] = { offset: file.bytes, bytes: written, rows, crc };
        file.bytes += written;
        file.rows += rows;
      }
      if (created && this.#options.sync)
        this.#reachDisk(() => syncFolder(segmentPath(this.#options.directory, this.#id)));
      failpoint('wal.record.begin');
      const line = encodeSidecarRecord({ committedUnixMs, blocks });
      writeAll(sidecar.descriptor, [line], sidecar.bytes);
      failpoint('wal.record.written');
      if (this.#options.sync) this.#reachDisk(() => fdatasyncSync(sidecar.descriptor));
      sidecar.bytes += line.length;
      return ok(undefined);
    } catch (cause) {
      for (const [table, file] of this.#files) {
        const stood = before.get(table) ?? { bytes: 0, rows: 0 };
        file.bytes = stood.bytes;
        file.rows = stood.rows;
        this.#cutBack(file.descriptor, stood.bytes);
      }
      this.#cutBack(sidecar.descriptor, sidecar.bytes);
      return err(ioFailure(`Cannot write to segment ${this.#id}`, cause));
    }
  }

  /** Closes the open segment and describes it; undefined when it holds no rows (its files may then go). */
  close(): { readonly id: bigint; readonly segment: Segment | undefined } {
    const files: SegmentFile[] = [];
    for (const table of SEGMENT_TABLES) {
      const file = this.#files.get(table);
      if (file !== undefined && file.rows > 0)
        files.push({ table, path: file.path, bytes: file.bytes, rows: file.rows });
    }
    const id = this.#id;
    this.#closeDescriptors();
    const segment: Segment = { id, schemaVersion: SEGMENT_SCHEMA_VERSION, files, replayed: false };
    return { id, segment: files.length === 0 ? undefined : segment };
  }

  /** Gives up the open segment as it lies: recovery says what of it counts. */
  abandon(): bigint {
    const id = this.#id;
    this.#closeDescriptors();
    return id;
  }

  /**
   * After a sync that failed, the kernel may hold for written what the disk never got, and a second sync would say
   * that all is well. So nothing more is acknowledged into these files: the segment is given up for a fresh one.
   */
  #reachDisk(sync: () => void): void {
    try {
      sync();
    } catch (cause) {
      this.isBroken = true;
      throw cause;
    }
  }

  #cutBack(descriptor: number, bytes: number): void {
    try {
      ftruncateSync(descriptor, bytes);
    } catch {
      // The engine reads whole files, so a segment with bytes that do not count must not reach it.
      this.isBroken = true;
    }
  }

  #closeDescriptors(): void {
    this.isBroken = false;
    for (const file of this.#files.values()) closeSync(file.descriptor);
    this.#files.clear();
    if (this.#sidecar !== undefined) closeSync(this.#sidecar.descriptor);
    this.#sidecar = undefined;
  }
}

/** Writes every byte of the chunks at `position`, however the kernel cuts them up; gives the count. */
function writeAll(descriptor: number, chunks: readonly Uint8Array[], position: number): number {
  let at = position;
  let rest: Uint8Array[] = [...chunks];
  while (rest.length > 0) {
    // The kernel takes at most IOV_MAX (1024) chunks in one call.
    let written = writevSync(descriptor, rest.slice(0, 1000), at);
    at += written;
    while (rest.length > 0 && written >= (rest[0] as Uint8Array).length) {
      written -= (rest[0] as Uint8Array).length;
      rest = rest.slice(1);
    }
    if (written > 0) rest = [(rest[0] as Uint8Array).subarray(written), ...rest.slice(1)];
  }
  return at - position;
}

function ioFailure(what: string, cause: unknown): ReturnType<typeof failure> {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return failure('unavailable', `${what}: ${reason}`, { retry: 'later', retryAfterMs: 5_000, cause });
}
