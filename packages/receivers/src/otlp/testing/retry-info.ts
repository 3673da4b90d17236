/** Reads RetryInfo out of a google.rpc.Status, as a client would that honours it. */

type Field = { readonly number: number; readonly value: number | Uint8Array };

/** The delay in milliseconds; undefined when the status has no RetryInfo. */
export function readRetryDelayMs(status: Uint8Array): number | undefined {
  for (const detail of messages(status, 3)) {
    const type = messages(detail, 1)[0];
    if (type === undefined || !new TextDecoder().decode(type).endsWith('/google.rpc.RetryInfo')) continue;
    const delay = messages(messages(detail, 2)[0] ?? new Uint8Array(0), 1)[0] ?? new Uint8Array(0);
    const number = (field: number): number =>
      fields(delay).find((one) => one.number === field && typeof one.value === 'number')?.value as number;
    return (number(1) ?? 0) * 1000 + (number(2) ?? 0) / 1e6;
  }
  return undefined;
}

/** `message` of a google.rpc.Status. */
export function readStatusMessage(status: Uint8Array): string {
  return new TextDecoder().decode(messages(status, 2)[0]);
}

function messages(bytes: Uint8Array, number: number): Uint8Array[] {
  return fields(bytes)
    .filter((field) => field.number === number)
    .map((field) => field.value)
    .filter((value) => value instanceof Uint8Array);
}

/** Varints and length-delimited fields, which is all that these messages have. */
function fields(bytes: Uint8Array): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    if (key % 8 === 0) found.push({ number, value: varint() });
    else {
      const length = varint();
      found.push({ number, value: bytes.subarray(at, at + length) });
      at += length;
    }
  }
  return found;
}
