/**
 * The real embedded engine in a folder of its own, with rows that went the whole way in: encoded as OTLP,
 * decoded into columns, written as a segment, inserted.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordBatch, SEGMENT_SCHEMA_VERSION, SEGMENT_TABLES, type SegmentFile } from '@tracewright/model';
import { assert, type Result } from '@tracewright/std';
import { createEmbeddedEngine, createReader, createWriter, migrate, type Reader } from '@tracewright/storage';
import {
  decodeAnyValue,
  decodeOtlpLogs,
  decodeOtlpTraces,
  decodeResource,
  decodeScope,
  encodeLogsProtobuf,
  encodeTracesProtobuf,
} from '@tracewright/wire';
import type { MemoryRows } from './memory-reader.ts';

export type RealStore = AsyncDisposable & { readonly reader: Reader };

export async function openRealStore(rows: MemoryRows, tenant: string): Promise<RealStore> {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-api-'));
  const engine = createEmbeddedEngine({ path: join(folder, 'engine') });
  expectOk(await engine.start());
  expectOk(await migrate(engine));
  const encoder = new TextEncoder();
  const context = {
    tenant: encoder.encode(tenant),
    arrivedMs: 1_700_000_000_000,
    receiver: encoder.encode('otlp'),
    dialect: encoder.encode('otlp'),
  };
  const batch = new RecordBatch();
  expectOk(decodeOtlpTraces(encodeTracesProtobuf(rows.spans), batch, context));
  expectOk(decodeOtlpLogs(encodeLogsProtobuf(rows.logs), batch, context));
  const id = 1_700_000_000_000_000n;
  const files: SegmentFile[] = [];
  for (const table of SEGMENT_TABLES) {
    const bytes = Buffer.concat(batch.block(table, id));
    if (bytes.length === 0) continue;
    const path = join(folder, `${table}.native`);
    writeFileSync(path, bytes);
    files.push({ table, path, bytes: bytes.length, rows: batch.rows(table) });
  }
  const writer = createWriter({ engine });
  expectOk(await writer.insert({ id, schemaVersion: SEGMENT_SCHEMA_VERSION, files, replayed: false }));
  return {
    reader: createReader({ engine, decodeAnyValue, decodeResource, decodeScope }),
    [Symbol.asyncDispose]: async () => {
      await engine[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function expectOk<T>(result: Result<T>): T {
  assert(result.ok, result.ok ? '' : `${result.failure.code}: ${result.failure.message}`);
  return result.value;
}
