/**
 * Text as a terminal shows it: how wide it is, cut or padded to a width, and made safe.
 *
 * Names and messages come from strangers: control characters would move the cursor or recolour the window, so
 * they are shown as symbols. Every text that came over the wire passes `visible` before it is printed.
 */

const colourSequence = new RegExp(`${String.fromCharCode(0x1b)}\\[[\\d;]*m`, 'g');
const PREPENDED =
  /^[\p{Cf}\u0d4e\u{111c2}\u{111c3}\u{113d1}\u{1193f}\u{11941}\u{11a84}-\u{11a89}\u{11d46}\u{11f02}]./u;
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Control characters, and those that reorder or hide text, as something to look at; tabs and line breaks as one space. */
export function visible(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return text
    .replace(/[\t\r\n]+/g, ' ')
    .replace(/\p{Cc}/gu, (c) => (c < ' ' ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : '\ufffd'))
    .replace(/[\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, '\ufffd')
    .toWellFormed();
}

/** Columns the text takes; it must hold no control characters. */
export function displayWidth(text: string): number {
  // ASCII, Latin, the dash family and the lines of trees and bars: one column a unit.
  if (/^[\x20-\x7e\u00a0-\u02ff\u2010-\u2027\u2400-\u2426\u2500-\u257f]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** At most `width` columns; what is cut off is marked by an ellipsis. */
export function cut(text: string, width: number): string {
  if (width <= 0) return '';
  if (displayWidth(text) <= width) return text;
  let shown = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const more = graphemeWidth(segment);
    if (used + more > width - 1) break;
    shown += segment;
    used += more;
  }
  return `${shown}…`;
}

/** Exactly `width` columns, cut or filled up on the right. */
export function fit(text: string, width: number): string {
  const shown = cut(text, width);
  return shown + ' '.repeat(Math.max(0, width - displayWidth(shown)));
}

/** Exactly `width` columns, filled up on the left. */
export function fitRight(text: string, width: number): string {
  const shown = cut(text, width);
  return ' '.repeat(Math.max(0, width - displayWidth(shown))) + shown;
}

/** Removes the colour sequences that `style.ts` writes. */
export function withoutColour(text: string): string {
  return text.replace(colourSequence, '');
}

function graphemeWidth(grapheme: string): number {
  // Some signs of Arabic and Indic scripts join with what follows, even with a space; they have a column of their own.
  if (PREPENDED.test(grapheme)) return 1 + displayWidth([...grapheme].slice(1).join(''));
  const code = grapheme.codePointAt(0) ?? 0;
  if (/^\p{Mark}/u.test(grapheme)) return 0;
  if (/\p{Emoji_Presentation}|\ufe0f/u.test(grapheme)) return 2;
  return isWide(code) ? 2 : 1;
}

/** East Asian wide and fullwidth blocks. */
function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0x303e) ||
    (code >= 0x3041 && code <= 0xa4cf) ||
    (code >= 0xa960 && code <= 0xa97f) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}
