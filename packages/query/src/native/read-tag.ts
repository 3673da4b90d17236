/**
 * `tag=key=value`: an attribute in any scope, as people type it.
 *
 * The value is compared as text, so that `http.status_code=500` finds the integer and the string alike. A
 * number or truth value in another spelling than the stored one (`500.0`, `1e3`) is compared by its value too.
 * Quotes ask for text alone; a key without `=` asks whether the attribute exists.
 */
import { err, ok, type Result } from '@tracewright/std';
import type { Literal, Predicate } from '../plan.ts';

const INT_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2n ** 63n);

export function readTag<Field extends string>(tag: string): Result<Predicate<Field>, string> {
  const split = tag.indexOf('=');
  const key = (split < 0 ? tag : tag.slice(0, split)).trim();
  if (key === '') return err('must be key=value');
  if (split < 0) return ok({ kind: 'attributeExists', scope: 'any', key });
  const text = tag.slice(split + 1);
  const quoted = /^"([\s\S]*)"$/.exec(text);
  if (quoted !== null) {
    const value: Literal = { type: 'string', value: quoted[1] ?? '' };
    return ok({ kind: 'attribute', scope: 'any', key, operator: '=', value });
  }
  const asText: Predicate<Field> = { kind: 'attributeText', scope: 'any', key, text };
  const literal = typedLiteral(text);
  if (literal === undefined || String(literal.value) === text) return ok(asText);
  return ok({
    kind: 'or',
    of: [asText, { kind: 'attribute', scope: 'any', key, operator: '=', value: literal }],
  });
}

/** What a word looks like: an integer, a number, true or false; undefined for anything else. */
function typedLiteral(text: string): Literal | undefined {
  if (/^[+-]?\d{1,19}$/.test(text)) {
    const value = BigInt(text.replace('+', ''));
    return value <= INT_MAX && value >= INT_MIN ? { type: 'int', value } : undefined;
  }
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? { type: 'double', value } : undefined;
  }
  if (/^(?:true|false)$/i.test(text)) return { type: 'bool', value: text.toLowerCase() === 'true' };
  return undefined;
}
