import { RecordDecoder, RequiredFields } from './record-decoder.ts';

const REQUIRED = new RequiredFields({ type: 1, name: 2, rights: 3, aclScope: 4 });

const USER = 1;
const GROUP = 2;
const WORLD = 3;
const ANONYMOUS = 4;
const CLIENT_IP = 5;

/** Rights are a bit set that Java reads into an int. */
const MAX_RIGHTS_BYTES = 4;

/**
 * Checks an `OzoneAclInfo`, which stands in most records and says nothing to a task.
 *
 * @see org.apache.hadoop.ozone.OzoneAcl.fromProtobuf, which refuses the same ones.
 */
export class AclCheck extends RecordDecoder {
  #type = 0;
  #nameLength = 0;
  #nameIsType = false;
  #rightsLength = 0;

  /** Whether `bytes[start .. end)` is one whole ACL that Java accepts; else `reason` says why not. */
  check(bytes: Uint8Array, start: number, end: number): boolean {
    this.seen = 0;
    let at = start;
    while (at >= 0 && at < end) {
      at = this.wire.varint(bytes, at, end);
      if (at >= 0) at = this.#field(bytes, at, end, this.wire.low);
    }
    return at === end && this.hasAll(REQUIRED) && this.#accepted();
  }

  #field(bytes: Uint8Array, start: number, end: number, tag: number): number {
    let at = start;
    switch (tag) {
      case 8:
        at = this.wire.varint(bytes, at, end);
        if (this.wire.low < USER || this.wire.low > CLIENT_IP) return at;
        this.#type = this.wire.low;
        this.seen |= 1 << 1;
        return at;
      case 18:
        at = this.wire.delimited(bytes, at, end);
        this.#nameLength = this.wire.stop - at;
        this.#nameIsType =
          isText(bytes, at, this.wire.stop, 'WORLD') || isText(bytes, at, this.wire.stop, 'ANONYMOUS');
        this.seen |= 1 << 2;
        return this.wire.stop;
      case 26:
        at = this.wire.delimited(bytes, at, end);
        this.#rightsLength = this.wire.stop - at;
        this.seen |= 1 << 3;
        return this.wire.stop;
      case 32:
        at = this.wire.varint(bytes, at, end);
        if (this.wire.low === 0 || this.wire.low === 1) this.seen |= 1 << 4;
        return at;
      default:
        return this.wire.skip(bytes, at, end, tag);
    }
  }

  #accepted(): boolean {
    const named = this.#type === USER || this.#type === GROUP;
    const unnamed = this.#type === WORLD || this.#type === ANONYMOUS;
    if (named && this.#nameLength === 0) this.reason = 'An ACL of a user or group has no name';
    else if (unnamed && this.#nameLength > 0 && !this.#nameIsType) this.reason = 'An ACL for all has a name';
    else if (this.#rightsLength > MAX_RIGHTS_BYTES)
      this.reason = 'The rights of an ACL have more than four bytes';
    else return true;
    return false;
  }
}

function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text.charCodeAt(at)) return false;
  return true;
}
