/**
 * Style: colours and weights as functions from text to text; the identity where colour is not wanted.
 *
 * Services have one of ten colours, chosen by the name alone, so that a service looks alike from one answer to
 * the next; red is kept for errors. Within one answer two services do not share a colour while there are free
 * ones. The name of a service is always printed as well, since colour is only an aid.
 */
import type { ColourDepth } from './terminal.ts';

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly error: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly good: (text: string) => string;
  /** Paints in the colour of a slot; see `serviceSlots`. */
  readonly service: (slot: number, text: string) => string;
}

export function createStyle(depth: ColourDepth): Style {
  if (depth === 0) {
    const plain = (text: string): string => text;
    return {
      bold: plain,
      dim: plain,
      error: plain,
      warn: plain,
      good: plain,
      service: (_slot, text) => text,
    };
  }
  const paint = (open: string, close: string) => (text: string) =>
    text === '' ? '' : `\x1b[${open}m${text}\x1b[${close}m`;
  const palette = depth === 256 ? palette256 : palette16;
  return {
    bold: paint('1', '22'),
    dim: paint('2', '22'),
    error: paint(depth === 256 ? '1;38;5;203' : '1;31', '22;39'),
    warn: paint('33', '39'),
    good: paint('32', '39'),
    service: (slot, text) => paint(palette[slot % palette.length] ?? '39', '39')(text),
  };
}

/** Middle tones, so that they stand on black and on white. */
const palette256: readonly string[] = [39, 172, 71, 134, 37, 136, 68, 175, 107, 98].map(
  (colour) => `38;5;${colour}`,
);
/** Without red, and without black and white, which vanish on one of the two backgrounds. */
const palette16: readonly string[] = ['36', '33', '32', '35', '34', '96', '93', '92', '95', '94'];

export const serviceSlotCount = 10;

/** The slot of each service: its own by name, or the next free one where another came first in the alphabet. */
export function serviceSlots(services: Iterable<string>): ReadonlyMap<string, number> {
  const slots = new Map<string, number>();
  const taken = new Set<number>();
  for (const service of [...new Set(services)].sort()) {
    let slot = hash(service) % serviceSlotCount;
    for (let tries = 0; taken.has(slot) && tries < serviceSlotCount; tries++)
      slot = (slot + 1) % serviceSlotCount;
    taken.add(slot);
    slots.set(service, slot);
  }
  return slots;
}

/** FNV-1a over UTF-16 units, with the high bits folded in since only a small remainder is used. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return ((value >>> 16) ^ value) >>> 0;
}
