/**
 * Forges segments in a stopped server's write-ahead folder: files whose sidecar and CRCs are right, so that
 * recovery takes them for acknowledged, and whose block the engine will not have. A bug of the encoder would leave
 * such segments behind.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { SEGMENT_SCHEMA_VERSION } from '@tracewright/model';

/** Writes a segment that claims to hold `rows` spans in `block`. */
export function forgeSegment(dataPath: string, id: bigint, block: Uint8Array, rows: number): void {
  const name = join(dataPath, 'wal', String(id).padStart(20, '0'));
  const head = { format: 'tracewright-segment', id: String(id), schemaVersion: SEGMENT_SCHEMA_VERSION };
  const record = { at: Number(id / 1000n), blocks: { spans: [0, block.length, rows, crc32(block)] } };
  writeFileSync(`${name}.spans.native`, block);
  writeFileSync(`${name}.sidecar`, closedLine(head) + closedLine(record));
}

function closedLine(value: unknown): string {
  const json = JSON.stringify(value);
  return `${json}\t${crc32(json).toString(16).padStart(8, '0')}\n`;
}

/** The span blocks that lie in the write-ahead folder, by segment. */
export function waitingSpanBlocks(dataPath: string): Map<bigint, Uint8Array> {
  const folder = join(dataPath, 'wal');
  const found = new Map<bigint, Uint8Array>();
  for (const file of readdirSync(folder)) {
    const id = /^(\d{20})\.spans\.native$/.exec(file)?.[1];
    if (id !== undefined) found.set(BigInt(id), new Uint8Array(readFileSync(join(folder, file))));
  }
  return found;
}
