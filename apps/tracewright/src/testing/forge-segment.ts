/**
 * Forges segments in a stopped server's write-ahead folder: files whose sidecar and CRCs are right, so that
 * recovery takes them for acknowledged, and whose block the engine will not have. A bug of the encoder would leave
 * such segments behind.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { SEGMENT_SCHEMA_VERSION } from '@tracewright/model';

/** Writes a segment that claims to hold `rows` spans in `block`. */
export function forgeSegment(dataPath: string, id: bigint, block: Uint8Array, rows: number): void {
  const name = join(dataPath, 'wal', String(id).padStart(20, '0'));
  const head = { format: 'tracewright-segment', id: String(id), schemaVersion: SEGMENT_SCHEMA_VERSION };
  const record = { at: Number(id / 1000n), blocks: { spans: [0, block.length, rows, crc32(block)] } };
  mkdirSync(name, { recursive: true });
  writeFileSync(join(name, 'spans.native'), block);
  writeFileSync(join(name, 'sidecar'), closedLine(head) + closedLine(record));
}

function closedLine(value: unknown): string {
  const json = JSON.stringify(value);
  return `${json}\t${crc32(json).toString(16).padStart(8, '0')}\n`;
}

/** The span blocks that lie in the write-ahead folder, by segment. */
export function waitingSpanBlocks(dataPath: string): Map<bigint, Uint8Array> {
  const folder = join(dataPath, 'wal');
  const found = new Map<bigint, Uint8Array>();
  for (const name of readdirSync(folder)) {
    const path = join(folder, name, 'spans.native');
    if (/^\d{20}$/.test(name) && existsSync(path))
      found.set(BigInt(name), new Uint8Array(readFileSync(path)));
  }
  return found;
}
