import { RecordDecoder } from './record-decoder.ts';

/** What matters of a field for the question whether Java would parse the message. */
export interface FieldShape {
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. Another wire type makes it an unknown field. */
  readonly wire: 0 | 1 | 2 | 5;
  readonly required?: boolean;
  readonly repeated?: boolean;
  /** Known values of an enum; an unknown one counts as if the field were not there. */
  readonly values?: readonly number[];
  readonly message?: MessageShape;
}

/** Field number → shape. Optional scalars may be left out: they are skipped like unknown fields. */
export type MessageShape = Readonly<Record<number, FieldShape>>;

/**
 * Checks a message that no task reads (ACLs, metadata, encryption, pipelines): whether it is well formed and, down to
 * its nested messages, has all its required fields. Java parses them with the record and refuses it otherwise.
 *
 * Fields of a singular message that comes twice are merged, as proto2 says; so what was seen is kept until `complete`.
 */
export class MessageCheck extends RecordDecoder {
  readonly #fields: readonly (FieldShape | undefined)[];
  readonly #nested: readonly (MessageCheck | undefined)[];
  readonly #required: number;
  #seen = 0;
  #present = false;

  constructor(shape: MessageShape) {
    super();
    const fields: (FieldShape | undefined)[] = [];
    const nested: (MessageCheck | undefined)[] = [];
    let required = 0;
    for (const [number, field] of Object.entries(shape)) {
      fields[Number(number)] = field;
      if (field.message !== undefined) nested[Number(number)] = new MessageCheck(field.message);
      if (field.required === true) required |= bit(Number(number));
    }
    this.#fields = fields;
    this.#nested = nested;
    this.#required = required;
  }

  /** Whether `bytes[start .. end)` is one whole message of this shape; else `reason` says why not. */
  check(bytes: Uint8Array, start: number, end: number): boolean {
    this.begin();
    return this.merge(bytes, start, end) && this.complete();
  }

  /** Forgets what was seen. */
  begin(): void {
    // Called for every row, and most rows have none of these messages.
    if (!this.#present) return;
    this.#seen = 0;
    this.#present = false;
    for (const nested of this.#nested) nested?.begin();
  }

  /** Takes one occurrence of the message. */
  merge(bytes: Uint8Array, start: number, end: number): boolean {
    this.#present = true;
    let at = start;
    while (at >= 0 && at < end) {
      at = this.wire.varint(bytes, at, end);
      if (at < 0) break;
      const tag = this.wire.low;
      const number = tag >>> 3;
      const field = this.#fields[number];
      if (field === undefined || field.wire !== (tag & 7)) at = this.wire.skip(bytes, at, end, tag);
      else at = this.#known(bytes, at, end, tag, number, field);
    }
    return at === end;
  }

  /** Whether all required fields have come, if the message came at all. */
  complete(): boolean {
    if (!this.#present) return true;
    if ((this.#seen & this.#required) !== this.#required) {
      this.reason = 'A nested message lacks a required field';
      return false;
    }
    for (const nested of this.#nested) {
      if (nested === undefined || nested.complete()) continue;
      this.reason = nested.reason;
      return false;
    }
    return true;
  }

  #known(bytes: Uint8Array, at: number, end: number, tag: number, number: number, field: FieldShape): number {
    const after = field.wire === 0 ? this.wire.varint(bytes, at, end) : this.wire.skip(bytes, at, end, tag);
    if (after < 0) return -1;
    if (field.values !== undefined && !field.values.includes(this.wire.low)) return after;
    this.#seen |= bit(number);
    const nested = this.#nested[number];
    if (nested === undefined) return after;
    const start = after - this.wire.low;
    const whole =
      field.repeated === true ? nested.check(bytes, start, after) : nested.merge(bytes, start, after);
    return whole ? after : this.fail(nested.reason);
  }
}

/** Required fields of the messages checked here have numbers below 32. */
function bit(fieldNumber: number): number {
  return fieldNumber < 32 ? 1 << fieldNumber : 0;
}
