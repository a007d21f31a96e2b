/** Everything after `from`, up to and with `through`. */
export interface SequenceStretch {
  readonly from: bigint;
  readonly through: bigint;
}

/** A set of sequences as few stretches: ascending, none of them touches another. */
export class SequenceStretches {
  #list: readonly SequenceStretch[] = [];

  get list(): readonly SequenceStretch[] {
    return this.#list;
  }

  copy(): SequenceStretches {
    const copy = new SequenceStretches();
    copy.#list = this.#list;
    return copy;
  }

  add(from: bigint, through: bigint): void {
    const last = this.#list.at(-1);
    // Nearly always: the next record of the only stretch, or the next stretch.
    if (last === undefined || from > last.through) {
      this.#list = [...this.#list, { from, through }];
      return;
    }
    if (from >= last.from) {
      if (through > last.through) this.#list = [...this.#list.slice(0, -1), { from: last.from, through }];
      return;
    }
    const apart = (other: SequenceStretch): boolean => other.through < from || other.from > through;
    let joined: SequenceStretch = { from, through };
    for (const other of this.#list) {
      if (apart(other)) continue;
      joined = {
        from: other.from < joined.from ? other.from : joined.from,
        through: other.through > joined.through ? other.through : joined.through,
      };
    }
    this.#list = [
      ...this.#list.filter((other) => other.through < joined.from),
      joined,
      ...this.#list.filter((other) => other.from > joined.through),
    ];
  }

  /** Forgets everything up to and with `below`. */
  trim(below: bigint): void {
    this.#list = this.#list
      .filter(({ through }) => through > below)
      .map((stretch) => (stretch.from >= below ? stretch : { from: below, through: stretch.through }));
  }

  /** How far one can go on from `from` without a gap. */
  reach(from: bigint): bigint {
    const stretch = this.#list.find(({ through }) => through > from);
    return stretch !== undefined && stretch.from <= from ? stretch.through : from;
  }

  /** Whether something that comes after `after` goes on from a stretch. */
  joins(after: bigint): boolean {
    return this.#list.some(({ from, through }) => from <= after && after <= through);
  }
}
