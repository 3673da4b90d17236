/**
 * SharedCache: resources and scopes by their ids, read from the store once and then kept, since a shared
 * value never changes under its id. Bounded: the ones not asked for longest are forgotten first.
 *
 * A row that is missing (its spans outlived it, or a segment is half-way in) becomes a value with nothing
 * but the service's name, and is not kept.
 */
import type { Resource, Scope } from '@tracewright/model';
import { SHARED_KIND } from '@tracewright/model';
import { ok, type Result } from '@tracewright/std';
import { printText } from './compile/literal.ts';
import type { Engine } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import type { SharedValues } from './rows/span-rows.ts';
import { DATABASE } from './schema/v0001.ts';

export type SharedDecoders = {
  readonly decodeResource: (raw: Uint8Array, schemaUrl: string) => Resource;
  readonly decodeScope: (raw: Uint8Array, schemaUrl: string) => Scope;
};

export type SharedIds = { readonly resources: Iterable<bigint>; readonly scopes: Iterable<bigint> };

const ENTRIES_MAX = 20_000;
/** Ids asked for in one statement. */
const IDS_MAX = 5000;

type Entry = Resource | Scope;

export class SharedCache {
  readonly #engine: Engine;
  readonly #decoders: SharedDecoders;
  readonly #entries: Map<string, Entry> = new Map();

  constructor(engine: Engine, decoders: SharedDecoders) {
    this.#engine = engine;
    this.#decoders = decoders;
  }

  /** Makes sure of the values that an answer refers to and returns how to get them. */
  async load(
    tenant: string,
    ids: SharedIds,
    options: { readonly deadlineMs: number; readonly signal?: AbortSignal },
  ): Promise<Result<SharedValues>> {
    const held = new Map<string, Entry>();
    const missing: string[] = [];
    const find = (kind: number, id: bigint): void => {
      const key = `${kind}:${id}`;
      if (held.has(key)) return;
      const entry = this.#touch(`${tenant}\0${key}`);
      if (entry === undefined) missing.push(`(${kind}, ${id})`);
      else held.set(key, entry);
    };
    for (const id of ids.resources) find(SHARED_KIND.resource, id);
    for (const id of ids.scopes) find(SHARED_KIND.scope, id);
    for (let from = 0; from < missing.length; from += IDS_MAX) {
      const part = missing.slice(from, from + IDS_MAX);
      const fetched = await this.#fetch(tenant, part, options, held);
      if (!fetched.ok) return fetched;
    }
    return ok(valuesOf(held));
  }

  async #fetch(
    tenant: string,
    ids: readonly string[],
    options: { readonly deadlineMs: number; readonly signal?: AbortSignal },
    held: Map<string, Entry>,
  ): Promise<Result<void>> {
    const answer = await this.#engine.query({
      sql: `SELECT kind, id, schema_url, raw FROM ${DATABASE}.shared
WHERE tenant = ${printText(tenant)} AND (kind, id) IN (${ids.join(', ')}) LIMIT 1 BY kind, id`,
      class: 'id',
      ...options,
    });
    if (!answer.ok) return answer;
    const blocks = decodeNativeBlocks(answer.value.blocks);
    if (!blocks.ok) return blocks;
    for (const block of blocks.value) {
      const kinds = block.numbers('kind');
      const keys = block.bigs('id');
      const urls = block.strings('schema_url');
      const raws = block.strings('raw');
      for (let row = 0; row < block.rows; row++) {
        const kind = kinds[row] as number;
        const decode =
          kind === SHARED_KIND.resource ? this.#decoders.decodeResource : this.#decoders.decodeScope;
        const entry = decode(raws.bytes(row), urls.text(row));
        const key = `${kind}:${keys[row]}`;
        held.set(key, entry);
        this.#keep(`${tenant}\0${key}`, entry);
      }
    }
    return ok(undefined);
  }

  #touch(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    if (this.#entries.size <= ENTRIES_MAX) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}

function valuesOf(held: ReadonlyMap<string, Entry>): SharedValues {
  const resources = new Map<bigint, Resource>();
  const scopes = new Map<bigint, Scope>();
  const absent = new Map<string, Resource>();
  return {
    resource: (id, service) => {
      const known = resources.get(id) ?? (held.get(`${SHARED_KIND.resource}:${id}`) as Resource | undefined);
      if (known !== undefined) {
        resources.set(id, known);
        return known;
      }
      const made = absent.get(service) ?? { service, attributes: [], droppedAttributes: 0, schemaUrl: '' };
      absent.set(service, made);
      return made;
    },
    scope: (id) => {
      const known =
        scopes.get(id) ?? (held.get(`${SHARED_KIND.scope}:${id}`) as Scope | undefined) ?? EMPTY_SCOPE;
      scopes.set(id, known);
      return known;
    },
  };
}

const EMPTY_SCOPE: Scope = { name: '', version: '', attributes: [], droppedAttributes: 0, schemaUrl: '' };
