/**
 * Prints JSON as Go's encoder does: `<`, `>`, `&` and two line separators escaped, four spaces of indent when
 * asked, empty lists and objects on one line. Bigints are numbers.
 */
export type GoJson =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly GoJson[]
  | { readonly [key: string]: GoJson };

/** `level` is the depth at which the value stands; absent for the compact form. */
export function printGoJson(value: GoJson, level?: number): string {
  switch (typeof value) {
    case 'string':
      return printGoString(value);
    case 'object': {
      if (value === null) return 'null';
      const inner = level === undefined ? undefined : level + 1;
      if (Array.isArray(value)) {
        return frame(
          '[',
          (value as readonly GoJson[]).map((item) => printGoJson(item, inner)),
          ']',
          level,
        );
      }
      const colon = level === undefined ? ':' : ': ';
      const members = Object.entries(value as { readonly [key: string]: GoJson }).map(
        ([key, item]) => printGoString(key) + colon + printGoJson(item, inner),
      );
      return frame('{', members, '}', level);
    }
    default:
      return String(value);
  }
}

function frame(open: string, parts: readonly string[], close: string, level: number | undefined): string {
  if (parts.length === 0) return open + close;
  if (level === undefined) return open + parts.join(',') + close;
  return `${open}${newLine(level + 1)}${parts.join(`,${newLine(level + 1)}`)}${newLine(level)}${close}`;
}

/** A line break and the indent of a level; nothing in the compact form. */
export function newLine(level: number | undefined): string {
  return level === undefined ? '' : `\n${'    '.repeat(level)}`;
}

const UNSAFE = /[<>&\u2028\u2029]/g;

export function printGoString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    UNSAFE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
