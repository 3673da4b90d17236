/**
 * Forges segments in a stopped server's write-ahead folder: files whose sidecar and CRCs are right, so that
 * recovery takes them for acknowledged, and whose block the engine will not have. A bug of the encoder would leave
 * such segments behind.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { SEGMENT_SCHEMA_VERSION } from '@tracewright/model';

const SPANS = 'spans.native';

/** Writes a segment that claims to hold `rows` spans in `block`, in place of one of that id. */
export function forgeSegment(dataPath: string, id: bigint, block: Uint8Array, rows: number): void {
  const folder = segmentFolder(dataPath, 'wal', id);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const head = { format: 'tracewright-segment', id: String(id), schemaVersion: SEGMENT_SCHEMA_VERSION };
  const record = { at: Number(id / 1000n), blocks: { spans: [0, block.length, rows, crc32(block)] } };
  writeFileSync(join(folder, SPANS), block);
  writeFileSync(join(folder, 'sidecar'), closedLine(head) + closedLine(record));
}

/** Puts other bytes in the place of a quarantined segment's spans. */
export function mendQuarantined(dataPath: string, id: bigint, block: Uint8Array): void {
  writeFileSync(join(segmentFolder(dataPath, 'quarantine', id), SPANS), block);
}

function closedLine(value: unknown): string {
  const json = JSON.stringify(value);
  return `${json}\t${crc32(json).toString(16).padStart(8, '0')}\n`;
}

/** The span blocks that lie in the write-ahead folder, by segment. */
export function waitingSpanBlocks(dataPath: string): Map<bigint, Uint8Array> {
  const found = new Map<bigint, Uint8Array>();
  for (const name of readdirSync(join(dataPath, 'wal'))) {
    if (!/^\d{20}$/.test(name)) continue;
    const spans = join(segmentFolder(dataPath, 'wal', BigInt(name)), SPANS);
    if (existsSync(spans)) found.set(BigInt(name), new Uint8Array(readFileSync(spans)));
  }
  return found;
}

function segmentFolder(dataPath: string, room: 'wal' | 'quarantine', id: bigint): string {
  return join(dataPath, room, String(id).padStart(20, '0'));
}
