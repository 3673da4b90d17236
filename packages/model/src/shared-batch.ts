/**
 * SharedBatch: resources and scopes, each stored once and referred to by a 64-bit id from spans and logs.
 *
 * A row keeps the message's own bytes, from which answers are made, and its attributes as maps, by which
 * searches find it. The id is a hash over kind, schema URL and bytes, so equal values meet in one id
 * whoever computed it. `known` says which ids need no row: the writer of segments fills it with what is
 * already in the segment or in the store.
 */
import { Column } from './column.ts';
import { ColumnList } from './column-list.ts';
import type { KeyTable } from './key-table.ts';
import { attributeColumns, valueColumn } from './native-block.ts';
import { TableBatch } from './table-batch.ts';

export const SHARED_KIND = { resource: 1, scope: 2 } as const;

/** The 64-bit identity of a shared value, in two halves. */
export type SharedId = { readonly low: number; readonly high: number; readonly key: string };

export class SharedBatch extends TableBatch {
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

  readonly #tenant = new Column();
  readonly #kind = new Column();
  readonly #id = new Column();
  readonly #service = new Column();
  readonly #name = new Column();
  readonly #version = new Column();
  readonly #schemaUrl = new Column();
  readonly #raw = new Column();
  readonly #dropped = new Column();

  protected readonly list: ColumnList;

  constructor(keyTable: KeyTable) {
    super(keyTable);
    this.list = new ColumnList([
      valueColumn('tenant', 'String', this.#tenant),
      valueColumn('kind', 'UInt8', this.#kind),
      valueColumn('id', 'UInt64', this.#id),
      valueColumn('service', 'String', this.#service),
      valueColumn('name', 'String', this.#name),
      valueColumn('version', 'String', this.#version),
      valueColumn('schema_url', 'String', this.#schemaUrl),
      valueColumn('raw', 'String', this.#raw),
      valueColumn('dropped_attributes', 'UInt32', this.#dropped),
      ...attributeColumns(this.attributes),
    ]);
  }

  begin(source: Uint8Array, kind: number): void {
    this.beginRow(source);
    this.kind = kind;
    this.rawFrom = this.rawTo = 0;
    this.schemaUrlFrom = this.schemaUrlTo = 0;
    this.nameFrom = this.nameTo = 0;
    this.versionFrom = this.versionTo = 0;
    this.droppedAttributes = 0;
  }

  abandon(): void {
    this.attributes.abandon();
  }

  end(tenant: Uint8Array, service: Uint8Array, id: SharedId): void {
    const { source } = this;
    this.#tenant.string(tenant, 0, tenant.length);
    this.#kind.u8(this.kind);
    this.#id.u64(id.low, id.high);
    this.#service.string(service, 0, service.length);
    this.#name.copyString(source, this.nameFrom, this.nameTo);
    this.#version.copyString(source, this.versionFrom, this.versionTo);
    this.#schemaUrl.copyString(source, this.schemaUrlFrom, this.schemaUrlTo);
    this.#raw.copyString(source, this.rawFrom, this.rawTo);
    this.#dropped.u32(this.droppedAttributes);
    this.rows++;
  }
}

/**
 * The identity of a shared value: a 64-bit hash over kind, bytes and schema URL, the same in every process.
 *
 * The words go through two lanes of 32 bits that feed each other, so that the state is one of 64 bits and no step
 * loses any of it. Among values that happen to exist, a collision is as likely as chance makes it: for a
 * million values of one tenant about one in forty million. It is no defence against somebody who builds two values of
 * one id on purpose, since there is no secret in it: within a tenant, whose rows are all that an id refers to, such a
 * sender can make his own spans show his other resource, and nothing more.
 */
export function sharedId(
  kind: number,
  source: Uint8Array,
  from: number,
  to: number,
  urlFrom: number,
  urlTo: number,
): SharedId {
  let low = SEED_LOW ^ kind;
  let high = SEED_HIGH ^ (urlTo - urlFrom);
  for (let part = 0; part < 2; part++) {
    const stop = part === 0 ? to : urlTo;
    for (let at = part === 0 ? from : urlFrom; at < stop; at += 4) {
      const word = at + 4 <= stop ? wordAt(source, at) : lastWord(source, at, stop);
      low ^= Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
      low = (Math.imul(rotate(low, 13) + high, 5) + 0xe6546b64) | 0;
      high ^= Math.imul(rotate(Math.imul(word, 0x38b34ae5), 17), 0xa1e38b93);
      high = (Math.imul(rotate(high, 17) + low, 5) + 0x561ccd1b) | 0;
    }
  }
  low ^= to - from;
  high ^= to - from;
  low = (low + high) | 0;
  high = (high + low) | 0;
  low = mix(low);
  high = mix(high);
  low = (low + high) >>> 0;
  high = (high + low) >>> 0;
  return { low, high, key: `${kind}:${low.toString(36)}:${high.toString(36)}` };
}

const SEED_LOW = 0x9e3779b9;
const SEED_HIGH = 0x85ebca6b;

function wordAt(source: Uint8Array, at: number): number {
  return (
    (source[at] as number) |
    ((source[at + 1] as number) << 8) |
    ((source[at + 2] as number) << 16) |
    ((source[at + 3] as number) << 24)
  );
}

/** The one to three bytes at the end, as a word. The lengths are hashed too, so zeros behind them are no confusion. */
function lastWord(source: Uint8Array, at: number, stop: number): number {
  let word = 0;
  for (let byte = stop - 1; byte >= at; byte--) word = (word << 8) | (source[byte] as number);
  return word;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Spreads every bit over all others; each word has one image of its own. */
function mix(value: number): number {
  let code = value ^ (value >>> 16);
  code = Math.imul(code, 0x85ebca6b);
  code ^= code >>> 13;
  code = Math.imul(code, 0xc2b2ae35);
  return code ^ (code >>> 16);
}
