/**
 * KeyTable: what is known of each attribute key, found by the key's bytes without making a string.
 *
 * It answers two questions on the way in: has this key a promoted column, and has it few distinct values
 * (then its values go to the map whose values are dictionary-coded too). The second is learned: a key counts
 * as few-valued until it has shown more than FEW_VALUES_MAX different values; it never goes back. The answer
 * is only a matter of cost, since a search looks in both maps. The table is bounded: keys beyond the limit
 * are treated as many-valued, so that hostile keys cost nothing but the map they sit in.
 */
import { PROMOTED_ATTRIBUTES } from './promoted.ts';

const SLOTS = 8192;
const KEYS_MAX = 4096;
/** How far a lookup walks: keys made to collide end here instead of slowing everybody. */
const PROBES_MAX = 32;
const KEY_BYTES_MAX = 256;
const FEW_VALUES_MAX = 200;
/** Values longer than this are never worth a dictionary. */
const FEW_VALUE_BYTES_MAX = 64;
/** After this many looks a key is sampled only, to notice when it stops being few-valued. */
const LOOKS_ALL = 4096;
const SAMPLE_MASK = 15;

export type KeyEntry = {
  readonly size: number;
  readonly view: DataView;
  /** Index into PROMOTED_ATTRIBUTES, or -1. */
  readonly promoted: number;
  few: boolean;
  looks: number;
  readonly seen: Set<number>;
  /** The key that was asked for after this one: spans of one kind list their keys in one order. */
  next: KeyEntry | undefined;
};

export class KeyTable {
  readonly #slots: (KeyEntry | undefined)[] = new Array<KeyEntry | undefined>(SLOTS).fill(undefined);
  #count = 0;
  #last: KeyEntry | undefined;

  constructor() {
    const encoder = new TextEncoder();
    PROMOTED_ATTRIBUTES.forEach((attribute, index) => {
      const { buffer } = encoder.encode(attribute.key).slice();
      const view = new DataView(buffer);
      this.#insert(view, hash(view, 0, view.byteLength), index);
    });
  }

  /** The entry of the key `source[from, to)`, made when new; undefined when the table is full or the key too long. */
  find(source: DataView, from: number, to: number): KeyEntry | undefined {
    const last = this.#last;
    if (last !== undefined) {
      const guess = last.next;
      if (guess !== undefined && guess.size === to - from && same(guess, source, from)) {
        this.#last = guess;
        return guess;
      }
    }
    const entry = this.#lookUp(source, from, to);
    if (last !== undefined && entry !== undefined) last.next = entry;
    this.#last = entry;
    return entry;
  }

  #lookUp(source: DataView, from: number, to: number): KeyEntry | undefined {
    const size = to - from;
    if (size > KEY_BYTES_MAX) return undefined;
    const start = hash(source, from, to);
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const entry = this.#slots[(start + probe) & (SLOTS - 1)];
      if (entry === undefined) {
        return this.#count >= KEYS_MAX ? undefined : this.#insert(copyOf(source, from, to), start, -1);
      }
      if (entry.size === size && same(entry, source, from)) return entry;
    }
    return undefined;
  }

  /** Notes one value of a key and says whether the key counts as few-valued. */
  isFew(entry: KeyEntry, source: DataView, from: number, to: number): boolean {
    if (!entry.few) return false;
    const look = entry.looks++;
    if (look > LOOKS_ALL && (look & SAMPLE_MASK) !== 0) return true;
    if (to - from > FEW_VALUE_BYTES_MAX) {
      entry.few = false;
    } else {
      entry.seen.add(hashWhole(source, from, to));
      if (entry.seen.size > FEW_VALUES_MAX) entry.few = false;
    }
    if (!entry.few) entry.seen.clear();
    return entry.few;
  }

  #insert(view: DataView, start: number, promoted: number): KeyEntry {
    const size = view.byteLength;
    const entry: KeyEntry = { size, view, promoted, few: true, looks: 0, seen: new Set(), next: undefined };
    let at = start & (SLOTS - 1);
    while (this.#slots[at] !== undefined) at = (at + 1) & (SLOTS - 1);
    this.#slots[at] = entry;
    this.#count++;
    return entry;
  }
}

/** Hashes length, ends and middle of a key: enough to part real keys; the full comparison decides. */
function hash(source: DataView, from: number, to: number): number {
  const size = to - from;
  let code = size * 0x9e3779b1;
  if (size > 0) {
    const last = to - 1;
    const middle = from + (size >> 1);
    const third = from + Math.floor(size / 3);
    code = Math.imul(code ^ source.getUint8(from), 0x85ebca6b);
    code = Math.imul(code ^ source.getUint8(last), 0xc2b2ae35);
    code = Math.imul(code ^ source.getUint8(middle), 0x85ebca6b);
    code = Math.imul(code ^ source.getUint8(third), 0xc2b2ae35);
    if (size > 3) code = Math.imul(code ^ source.getUint8(last - 2), 0x85ebca6b);
  }
  return (code ^ (code >>> 15)) >>> 0;
}

function hashWhole(source: DataView, from: number, to: number): number {
  let code = 0x811c9dc5 ^ (to - from);
  for (let at = from; at < to; at++) code = Math.imul(code ^ source.getUint8(at), 0x01000193);
  return code >>> 0;
}

function same(entry: KeyEntry, source: DataView, from: number): boolean {
  const { size, view } = entry;
  if (size < 4) {
    for (let at = 0; at < size; at++) if (view.getUint8(at) !== source.getUint8(from + at)) return false;
    return true;
  }
  const last = size - 4;
  for (let at = 0; at < last; at += 4)
    if (view.getUint32(at, true) !== source.getUint32(from + at, true)) return false;
  // The last word may overlap the one before.
  return view.getUint32(last, true) === source.getUint32(from + last, true);
}

function copyOf(source: DataView, from: number, to: number): DataView {
  return new DataView(source.buffer.slice(source.byteOffset + from, source.byteOffset + to));
}
