// Reads the few protobuf messages that come back from a receiver. Answers come from other people's programs:
// whatever the bytes are, reading them ends, and what is not understood is skipped or reported as undefined.

export type ProtobufField = {
  readonly field: number;
  /** The value of a varint or fixed field; 0 for a length-delimited one. */
  readonly number: number;
  /** The content of a length-delimited field, otherwise empty. */
  readonly bytes: Buffer;
};

/** The fields of a message in order, or undefined where the bytes are not a protobuf message. */
export function readFields(message: Buffer): ProtobufField[] | undefined {
  const fields: ProtobufField[] = [];
  let at = 0;
  const varint = (): number | undefined => {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      const byte = message[at++];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    return undefined;
  };
  while (at < message.length) {
    const tag = varint();
    if (tag === undefined) return undefined;
    const field = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (wireType === 0) {
      const value = varint();
      if (value === undefined) return undefined;
      fields.push({ field, number: value, bytes: Buffer.alloc(0) });
    } else if (wireType === 1 || wireType === 5) {
      const width = wireType === 1 ? 8 : 4;
      if (at + width > message.length) return undefined;
      const number = width === 8 ? Number(message.readBigUInt64LE(at)) : message.readUInt32LE(at);
      fields.push({ field, number, bytes: message.subarray(at, at + width) });
      at += width;
    } else if (wireType === 2) {
      const length = varint();
      if (length === undefined || at + length > message.length) return undefined;
      fields.push({ field, number: 0, bytes: message.subarray(at, at + length) });
      at += length;
    } else {
      return undefined;
    }
  }
  return fields;
}

/** The last field of that number, as protobuf has it for fields that are not repeated. */
export function lastField(fields: readonly ProtobufField[], field: number): ProtobufField | undefined {
  return fields.findLast((candidate) => candidate.field === field);
}
