/**
 * Sidecar: the small file beside a segment's data that says which bytes of them count.
 *
 * It is lines of text, so that an operator can read it: a head, then one record for each group commit, each
 * line closed by a tab and the CRC-32 of what stands before it. A record lists, for every table it touched,
 * where its block lies and the block's CRC. Data is written before its record: whatever lies behind the last
 * whole record of a sidecar was never acknowledged and is cut off.
 */
import { crc32 } from 'node:zlib';
import { SEGMENT_TABLES, type SegmentTable } from '@tracewright/model';

export type BlockExtent = {
  readonly offset: number;
  readonly bytes: number;
  readonly rows: number;
  readonly crc: number;
};

export type SidecarRecord = {
  readonly committedUnixMs: number;
  readonly blocks: Partial<Record<SegmentTable, BlockExtent>>;
};

export type Sidecar = {
  readonly id: bigint;
  readonly schemaVersion: number;
  readonly records: readonly SidecarRecord[];
  /** Bytes up to the end of the last whole line. */
  readonly validBytes: number;
  /** True when something lay behind the last whole line. */
  readonly torn: boolean;
};

const FORMAT = 'tracewright-segment';

export function encodeSidecarHead(id: bigint, schemaVersion: number): Buffer {
  return closeLine(JSON.stringify({ format: FORMAT, id: String(id), schemaVersion }));
}

export function encodeSidecarRecord(record: SidecarRecord): Buffer {
  const blocks: Record<string, readonly number[]> = {};
  for (const table of SEGMENT_TABLES) {
    const block = record.blocks[table];
    if (block !== undefined) blocks[table] = [block.offset, block.bytes, block.rows, block.crc];
  }
  return closeLine(JSON.stringify({ at: record.committedUnixMs, blocks }));
}

/** Reads whole lines up to the first that is torn or wrong; undefined when not even the head is whole. */
export function decodeSidecar(bytes: Buffer): Sidecar | undefined {
  let id: bigint | undefined;
  let schemaVersion = 0;
  const records: SidecarRecord[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf(10, at);
    if (end < 0) break;
    const value = openLine(bytes.toString('utf8', at, end));
    if (value === undefined) break;
    if (id === undefined) {
      const { format, id: text, schemaVersion: version } = value;
      if (format !== FORMAT || typeof text !== 'string' || typeof version !== 'number') break;
      if (!/^\d{1,20}$/.test(text)) break;
      id = BigInt(text);
      schemaVersion = version;
    } else {
      const record = readRecord(value);
      if (record === undefined) break;
      records.push(record);
    }
    at = end + 1;
  }
  if (id === undefined) return undefined;
  return { id, schemaVersion, records, validBytes: at, torn: at < bytes.length };
}

function closeLine(json: string): Buffer {
  return Buffer.from(`${json}\t${crc32(json).toString(16).padStart(8, '0')}\n`);
}

function openLine(line: string): Record<string, unknown> | undefined {
  const tab = line.lastIndexOf('\t');
  if (tab < 0) return undefined;
  const json = line.slice(0, tab);
  if (crc32(json).toString(16).padStart(8, '0') !== line.slice(tab + 1)) return undefined;
  // A check sum says that the line is as it was written, not that it was written here.
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function readRecord(value: Record<string, unknown>): SidecarRecord | undefined {
  const { at, blocks } = value;
  if (typeof at !== 'number' || typeof blocks !== 'object' || blocks === null) return undefined;
  const read: Partial<Record<SegmentTable, BlockExtent>> = {};
  for (const table of SEGMENT_TABLES) {
    const block: unknown = (blocks as Record<string, unknown>)[table];
    if (block === undefined) continue;
    if (!Array.isArray(block) || block.length !== 4 || !block.every(isCount)) return undefined;
    const [offset, bytes, rows, crc] = block as [number, number, number, number];
    if ((bytes === 0) !== (rows === 0)) return undefined;
    read[table] = { offset, bytes, rows, crc };
  }
  return { committedUnixMs: at, blocks: read };
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
