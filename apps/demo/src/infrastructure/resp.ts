// Decodes what a Redis client sends: each command is an array of bulk strings.

const commandBytesMax = 1024 * 1024;

/** Decodes the complete commands at the start of the bytes; undefined when they are not the Redis protocol. */
export function decodeCommands(bytes: Buffer): { commands: string[][]; rest: Buffer } | undefined {
  const commands: string[][] = [];
  let start = 0;
  while (start < bytes.length) {
    const header = decodeHeader(bytes, start, '*');
    if (header === 'bad') return undefined;
    if (header === 'more') break;
    let at = header.end;
    const words: string[] = [];
    while (words.length < header.count) {
      const length = decodeHeader(bytes, at, '$');
      if (length === 'bad') return undefined;
      if (length === 'more' || length.end + length.count + 2 > bytes.length) {
        return bytes.length - start > commandBytesMax ? undefined : { commands, rest: bytes.subarray(start) };
      }
      words.push(bytes.toString('utf8', length.end, length.end + length.count));
      at = length.end + length.count + 2;
    }
    commands.push(words);
    start = at;
  }
  return { commands, rest: bytes.subarray(start) };
}

/** Decodes a line such as `*3` or `$5`. */
function decodeHeader(
  bytes: Buffer,
  at: number,
  mark: '*' | '$',
): { count: number; end: number } | 'more' | 'bad' {
  if (at >= bytes.length) return 'more';
  if (bytes[at] !== mark.charCodeAt(0)) return 'bad';
  const end = bytes.indexOf('\r\n', at);
  if (end < 0) return bytes.length - at > 32 ? 'bad' : 'more';
  const digits = bytes.toString('latin1', at + 1, end);
  if (!/^\d{1,7}$/.test(digits)) return 'bad';
  return { count: Number(digits), end: end + 2 };
}
