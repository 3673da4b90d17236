/**
 * KeptParts: what waits on disk for one shard while it is away, and its way there when it is back.
 *
 * A part is kept when its folder has lost the ending that says it is unfinished; from then on the segment it
 * came from may go. It stays until the shard has its rows, across restarts. What the shard refuses for good
 * is set aside beside the others and said.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SEGMENT_TABLES, type Segment, type SegmentFile, type Writer } from '@tracewright/model';
import { type SegmentPart, UNFINISHED } from './split-segment.ts';

export type KeptPartsOptions = {
  readonly directory: string;
  /** As messages call the shard. */
  readonly name: string;
  readonly writer: Writer;
  readonly isOpen: () => boolean;
  readonly sync: boolean;
  readonly report: (level: 'info' | 'warn' | 'error', message: string) => void;
};

type Kept = { readonly segment: Segment; readonly folder: string; readonly bytes: number };

const MANIFEST = 'part.json';
const REFUSED = '.refused';
const RETRY_FIRST_MS = 200;
const RETRY_LAST_MS = 5_000;
/** After so many failures of its own, while others went in, a part counts as refused. */
const TRIES_MAX = 20;

export class KeptParts {
  readonly #options: KeptPartsOptions;
  readonly #parts: Map<bigint, Kept> = new Map();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopping = false;
  #pauseMs = RETRY_FIRST_MS;
  readonly #tries: Map<bigint, number> = new Map();

  constructor(options: KeptPartsOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true });
    for (const name of readdirSync(options.directory)) {
      const folder = join(options.directory, name);
      if (name.endsWith(UNFINISHED)) rmSync(folder, { recursive: true, force: true });
      if (!/^\d+$/.test(name)) continue;
      const kept = readManifest(folder);
      this.#parts.set(kept.segment.id, kept);
      this.#bytes += kept.bytes;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#parts.size;
  }

  /** When the oldest of what waits came in; undefined while nothing does. */
  get oldestUnixMs(): number | undefined {
    let oldest: bigint | undefined;
    for (const id of this.#parts.keys()) if (oldest === undefined || id < oldest) oldest = id;
    // A segment's id is the microsecond of its opening.
    return oldest === undefined ? undefined : Number(oldest / 1000n);
  }

  has(id: bigint): boolean {
    return this.#parts.has(id);
  }

  /** Makes an unfinished part one that is kept. Throws what the disk says. */
  keep({ segment, folder, bytes }: SegmentPart): void {
    const manifest = segment.files.map(({ table, bytes: size, rows }) => ({ table, bytes: size, rows }));
    writeFileSync(
      join(folder, MANIFEST),
      JSON.stringify({ id: String(segment.id), schemaVersion: segment.schemaVersion, files: manifest }),
    );
    if (this.#options.sync) {
      for (const { path } of segment.files) syncPath(path);
      syncPath(join(folder, MANIFEST));
      syncPath(folder);
    }
    const kept = folder.slice(0, -UNFINISHED.length);
    renameSync(folder, kept);
    if (this.#options.sync) syncPath(dirname(kept));
    const files = segment.files.map((file) => ({ ...file, path: join(kept, `${file.table}.native`) }));
    this.#parts.set(segment.id, { segment: { ...segment, files, replayed: true }, folder: kept, bytes });
    this.#bytes += bytes;
    if (this.#parts.size === 1) {
      this.#options.report('warn', `${this.#options.name} is away: its rows wait on disk`);
    }
    this.#schedule();
  }

  /** Begins to send what waits, and goes on whenever the shard is there. */
  start(): void {
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(): void {
    if (this.#stopping || this.#running !== undefined || this.#parts.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#running = this.#send().finally(() => {
        this.#running = undefined;
        this.#schedule();
      });
    }, this.#pauseMs);
    this.#timer.unref();
  }

  async #send(): Promise<void> {
    for (const kept of [...this.#parts.values()]) {
      if (this.#stopping || !this.#options.isOpen()) return;
      const result = await this.#options.writer.insert(kept.segment);
      const { id } = kept.segment;
      if (result.ok) {
        this.#pauseMs = RETRY_FIRST_MS;
        this.#forget(kept);
        rmSync(kept.folder, { recursive: true, force: true });
        if (this.#parts.size === 0) {
          this.#options.report('info', `${this.#options.name} has all the rows that waited for it`);
        }
        continue;
      }
      this.#pauseMs = Math.min(RETRY_LAST_MS, this.#pauseMs * 2);
      const { code, message, retry } = result.failure;
      if (retry === 'later' && code === 'unavailable') return;
      const tries = (this.#tries.get(id) ?? 0) + 1;
      this.#tries.set(id, tries);
      if (retry === 'later' && tries < TRIES_MAX) continue;
      this.#forget(kept);
      renameSync(kept.folder, kept.folder + REFUSED);
      this.#options.report(
        'error',
        `${this.#options.name} refuses its part of segment ${id}, which is set aside at ${kept.folder}${REFUSED}: ${message}`,
      );
    }
  }

  #forget(kept: Kept): void {
    this.#parts.delete(kept.segment.id);
    this.#tries.delete(kept.segment.id);
    this.#bytes -= kept.bytes;
  }
}

function readManifest(folder: string): Kept {
  const read = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as {
    readonly id: string;
    readonly schemaVersion: number;
    readonly files: readonly { readonly table: string; readonly bytes: number; readonly rows: number }[];
  };
  const files: SegmentFile[] = SEGMENT_TABLES.flatMap((table) =>
    read.files
      .filter((file) => file.table === table)
      .map(({ bytes, rows }) => ({ table, bytes, rows, path: join(folder, `${table}.native`) })),
  );
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const segment = { id: BigInt(read.id), schemaVersion: read.schemaVersion, files, replayed: true };
  return { segment, folder, bytes };
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
