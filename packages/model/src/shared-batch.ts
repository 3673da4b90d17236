/**
 * SharedBatch: resources and scopes, each stored once and referred to by a 64-bit id from spans and logs.
 *
 * A row keeps the message's own bytes, from which answers are made, and its attributes as maps, by which
 * searches find it. The id is a hash over kind, schema URL and bytes, so equal values meet in one id
 * whoever computed it. `known` says which ids need no row: the writer of segments fills it with what is
 * already in the segment or in the store.
 */
import { AttributeColumns } from './attribute-columns.ts';
import { Column } from './column.ts';
import type { ColumnMarks } from './column-marks.ts';
import type { KeyTable } from './key-table.ts';
import type { NativeColumn } from './native-block.ts';
import { attributeNativeColumns, marksOf } from './span-batch.ts';

export const SHARED_KIND = { resource: 1, scope: 2 } as const;

/** The 64-bit identity of a shared value, in two halves. */
export type SharedId = { readonly low: number; readonly high: number; readonly key: string };

export class SharedBatch {
  rows = 0;
  kind: number = SHARED_KIND.resource;
  rawFrom = 0;
  rawTo = 0;
  schemaUrlFrom = 0;
  schemaUrlTo = 0;
  nameFrom = 0;
  nameTo = 0;
  versionFrom = 0;
  versionTo = 0;
  droppedAttributes = 0;

  readonly attributes: AttributeColumns;
  #source: Uint8Array = new Uint8Array(0);
  readonly #tenant = new Column();
  readonly #kind = new Column();
  readonly #id = new Column();
  readonly #service = new Column();
  readonly #name = new Column();
  readonly #version = new Column();
  readonly #schemaUrl = new Column();
  readonly #raw = new Column();
  readonly #dropped = new Column();

  readonly #marks: ColumnMarks;
  #rowsAtRequest = 0;

  constructor(keyTable: KeyTable) {
    this.attributes = new AttributeColumns(keyTable);
    this.#marks = marksOf(this.columns(0n), this.attributes);
  }

  /** Marks the start of a request; no row may be open. */
  markRequest(): void {
    this.#marks.mark();
    this.#rowsAtRequest = this.rows;
  }

  /** Gives back every row since `markRequest`, the open one included. */
  rollbackRequest(): void {
    this.#marks.rollback();
    this.rows = this.#rowsAtRequest;
  }

  begin(source: Uint8Array, kind: number): void {
    this.#source = source;
    this.kind = kind;
    this.rawFrom = this.rawTo = 0;
    this.schemaUrlFrom = this.schemaUrlTo = 0;
    this.nameFrom = this.nameTo = 0;
    this.versionFrom = this.versionTo = 0;
    this.droppedAttributes = 0;
    this.attributes.mark();
  }

  abandon(): void {
    this.attributes.rollback();
  }

  stringAttribute(keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    const entry = this.attributes.findKey(this.#source, keyFrom, keyTo);
    this.attributes.string(this.#source, keyFrom, keyTo, valueFrom, valueTo, entry);
  }

  intAttribute(keyFrom: number, keyTo: number, low: number, high: number): void {
    this.attributes.integer(this.#source, keyFrom, keyTo, low, high);
  }

  doubleAttribute(keyFrom: number, keyTo: number, valueFrom: number): void {
    this.attributes.float(this.#source, keyFrom, keyTo, valueFrom);
  }

  boolAttribute(keyFrom: number, keyTo: number, value: boolean): void {
    this.attributes.boolean(this.#source, keyFrom, keyTo, value);
  }

  otherAttribute(keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    this.attributes.message(this.#source, keyFrom, keyTo, valueFrom, valueTo);
  }

  end(tenant: Uint8Array, service: Uint8Array, id: SharedId): void {
    const source = this.#source;
    this.#tenant.string(tenant, 0, tenant.length);
    this.#kind.u8(this.kind);
    this.#id.u64(id.low, id.high);
    this.#service.string(service, 0, service.length);
    this.#name.string(source, this.nameFrom, this.nameTo);
    this.#version.string(source, this.versionFrom, this.versionTo);
    this.#schemaUrl.string(source, this.schemaUrlFrom, this.schemaUrlTo);
    this.#raw.string(source, this.rawFrom, this.rawTo);
    this.#dropped.u32(this.droppedAttributes);
    this.attributes.endRow();
    this.rows++;
  }

  bytes(): number {
    return this.rows * 64 + this.#raw.length * 2;
  }

  columns(segment: bigint): NativeColumn[] {
    const segments = new Column(this.rows * 8);
    for (let row = 0; row < this.rows; row++)
      segments.u64(Number(segment & 0xffffffffn), Number(segment >> 32n));
    const one = (name: string, type: string, column: Column): NativeColumn => ({
      name,
      type,
      parts: [column],
    });
    return [
      one('tenant', 'String', this.#tenant),
      one('segment', 'UInt64', segments),
      one('kind', 'UInt8', this.#kind),
      one('id', 'UInt64', this.#id),
      one('service', 'String', this.#service),
      one('name', 'String', this.#name),
      one('version', 'String', this.#version),
      one('schema_url', 'String', this.#schemaUrl),
      one('raw', 'String', this.#raw),
      one('dropped_attributes', 'UInt32', this.#dropped),
      ...attributeNativeColumns(this.attributes),
    ];
  }

  reset(): void {
    this.rows = 0;
    for (const column of this.columns(0n)) for (const part of column.parts) part.truncate(0);
    this.attributes.reset();
  }
}

/** The identity of a shared value: two independent 32-bit hashes over kind, tenant-free bytes and schema URL. */
export function sharedId(
  kind: number,
  source: Uint8Array,
  from: number,
  to: number,
  urlFrom: number,
  urlTo: number,
): SharedId {
  let low = 0x9e3779b9 ^ kind ^ (to - from);
  let high = 0x85ebca6b ^ (kind << 8) ^ (urlTo - urlFrom);
  for (let at = from; at < to; at++) {
    const byte = source[at] as number;
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul((high << 5) ^ (high >>> 27) ^ byte, 0x9e3779b1);
  }
  for (let at = urlFrom; at < urlTo; at++) {
    const byte = source[at] as number;
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul((high << 5) ^ (high >>> 27) ^ byte, 0x9e3779b1);
  }
  low = mix(low);
  high = mix(high ^ low);
  return { low, high, key: `${kind}:${low.toString(36)}:${high.toString(36)}` };
}

function mix(value: number): number {
  let code = value ^ (value >>> 16);
  code = Math.imul(code, 0x85ebca6b);
  code ^= code >>> 13;
  code = Math.imul(code, 0xc2b2ae35);
  return (code ^ (code >>> 16)) >>> 0;
}
