/** Text into HTML. Everything that comes from elsewhere passes through `escapeHtml`. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe as text and inside quoted attributes; control characters become visible. */
export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char)
    .replace(/\p{Cc}/gu, (char) => (char === '\n' ? char : '\ufffd'));
}

/** 12,345 */
export function printCount(count: number): string {
  return new Intl.NumberFormat('en').format(count);
}

/** `850 µs`, `12.3 ms`, `1.25 s`, `2 min 5 s`. The page's script does the same. */
export function printSpanOfTime(nano: bigint): string {
  const ms = Number(nano) / 1e6;
  if (ms === 0) return '0 s';
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 1000) return `${Number(ms.toPrecision(3))} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toPrecision(3))} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export function printAgo(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return 'now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

export type Colours = (name: string) => number;
const COLOURS = 10;

/**
 * One of ten colours for each name: by its letters, so that it stays the same, or the next free one where two
 * would meet. The page's script does the same.
 */
export function assignColours(names: readonly string[]): Colours {
  const taken = new Map<string, number>();
  for (const name of names) {
    let colour = hashOf(name);
    const used = new Set([...taken.values()].slice(-(COLOURS - 1)));
    while (used.has(colour)) colour = (colour + 1) % COLOURS;
    taken.set(name, colour);
  }
  return (name) => taken.get(name) ?? hashOf(name);
}

function hashOf(name: string): number {
  let hash = 0;
  for (let at = 0; at < name.length; at++) hash = (Math.imul(hash, 31) + name.charCodeAt(at)) >>> 0;
  return hash % COLOURS;
}
