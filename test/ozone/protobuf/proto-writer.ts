/** Protobuf wire format for tests: each function returns one field, `message` joins fields. */
export function message(...fields: readonly (Uint8Array | undefined)[]): Uint8Array {
  return Buffer.concat(fields.filter((field) => field !== undefined));
}

export function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** A varint field. */
export function int(field: number, value: number | bigint): Uint8Array {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

/** A length-delimited field. */
export function bytes(field: number, value: Uint8Array | string): Uint8Array {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

/** The same, or nothing for `undefined`. */
export function optionalInt(field: number, value: number | bigint | undefined): Uint8Array | undefined {
  return value === undefined ? undefined : int(field, value);
}
