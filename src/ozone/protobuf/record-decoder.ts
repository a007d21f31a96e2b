import { ProtoReader } from './proto-reader.ts';

/** The fields that a record must have, by name and number (below 32). */
export class RequiredFields {
  readonly mask: number;
  readonly #numbers: Readonly<Record<string, number>>;

  constructor(numbers: Readonly<Record<string, number>>) {
    this.#numbers = numbers;
    this.mask = Object.values(numbers).reduce((mask, number) => mask | (1 << number), 0);
  }

  /** The reason of a record in which only the fields of the bit set `seen` came. */
  missing(seen: number): string {
    const names = Object.entries(this.#numbers).filter(([, number]) => (seen & (1 << number)) === 0);
    return `The required field \`${names.map(([name]) => name).join('`, `')}\` is missing`;
  }
}

/** Checks one occurrence of a repeated message. */
export interface ElementCheck {
  readonly reason: string;
  check(bytes: Uint8Array, start: number, end: number): boolean;
}

/** Checks a singular message, of which there may be several occurrences. */
export interface MergedCheck {
  readonly reason: string;
  merge(bytes: Uint8Array, start: number, end: number): boolean;
  complete(): boolean;
}

/** What the decoders of Ozone's records share: they hand a nested message's failure on as their own. */
export class RecordDecoder {
  /** A reader of its own class for every decoder: the engine compiles its methods for one shape of object only. */
  protected readonly wire = new ProtoReader();
  /** Bit set of the field numbers that came. */
  protected seen = 0;
  #updateHigh = 0;
  #updateLow = 0;

  protected beginRecord(): void {
    this.seen = 0;
    this.#updateHigh = 0;
  }

  /** Reads the update id. */
  protected updateId(bytes: Uint8Array, at: number, end: number): number {
    const after = this.wire.varint(bytes, at, end);
    this.#updateHigh = this.wire.high;
    this.#updateLow = this.wire.low;
    return after;
  }

  /** Update ids are counted up from 0, and -1 means none; Java's builders refuse others. */
  protected updateIdGood(): boolean {
    if (this.#updateHigh >= 0 || (this.#updateHigh === -1 && this.#updateLow === -1)) return true;
    this.reason = 'The update id is negative';
    return false;
  }

  /** One sentence: why the last record is no good one. */
  get reason(): string {
    return this.wire.reason;
  }

  protected set reason(reason: string) {
    this.wire.reason = reason;
  }

  protected fail(reason: string): -1 {
    return this.wire.fail(reason);
  }

  protected hasAll(required: RequiredFields): boolean {
    if ((this.seen & required.mask) === required.mask) return true;
    this.reason = required.missing(this.seen);
    return false;
  }

  /** Takes one occurrence of a singular nested message; `whole` judges it in the end. */
  protected merged(check: MergedCheck, bytes: Uint8Array, start: number, end: number): number {
    return check.merge(bytes, start, end) ? end : this.fail(check.reason);
  }

  /** Checks one element of a repeated nested message. */
  protected element(check: ElementCheck, bytes: Uint8Array, start: number, end: number): number {
    return check.check(bytes, start, end) ? end : this.fail(check.reason);
  }

  protected whole(check: MergedCheck): boolean {
    if (check.complete()) return true;
    this.reason = check.reason;
    return false;
  }
}
