/** HTTP/2 frame by frame, as no library would send it: for attackers in tests. */

export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const END_STREAM = 1;
export const END_HEADERS = 4;

export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export function settings(...entries: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(entries.length * 6);
  for (const [at, [id, value]] of entries.entries()) {
    payload.writeUInt16BE(id, at * 6);
    payload.writeUInt32BE(value, at * 6 + 2);
  }
  return frame(FRAME.settings, 0, 0, payload);
}

export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A header block without use of the table: POST, http, this path, gRPC. */
export function callHeaders(path: string): Buffer {
  return Buffer.concat([
    Buffer.of(0x83, 0x86),
    literal(4, path),
    literal(1, 'localhost'),
    literal(31, 'application/grpc'),
  ]);
}

/** A field that is not kept in the table, its name by number. */
function literal(index: number, value: string): Buffer {
  const name = index < 15 ? Buffer.of(index) : Buffer.of(15, index - 15);
  return Buffer.concat([name, Buffer.of(value.length), Buffer.from(value)]);
}

/** A field of 4,000 bytes that goes into the table, and then references to it of one byte each: 16 MiB in 8 KiB. */
export function headerBomb(path: string): Buffer {
  const value = Buffer.alloc(4_000 - 32 - 1, 'b');
  const size = Buffer.of(0x7f, ...integerRest(value.length - 127));
  const field = Buffer.concat([Buffer.of(0x40, 1), Buffer.from('b'), size, value]);
  return Buffer.concat([callHeaders(path), field, Buffer.alloc(4_096, 0x80 | 62)]);
}

function integerRest(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  bytes.push(left);
  return bytes;
}
