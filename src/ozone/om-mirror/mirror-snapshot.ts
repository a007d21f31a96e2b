import type { ScanOptions, ScanVisitor, SourceSnapshot } from '../../source/source.ts';
import type { MirrorView } from './mirror-view.ts';

/** What a source gives of a copy. */
export class MirrorSnapshot implements SourceSnapshot {
  readonly sequence: bigint;
  readonly history: string;
  readonly cursor: { readonly mirror: string };
  readonly tables: readonly string[];
  readonly #view: MirrorView;
  readonly #bytes: number;
  readonly #closeView: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(view: MirrorView, bytes: number, closeView: () => Promise<void>) {
    const { id, history, sequence } = view.state;
    this.sequence = sequence;
    this.history = history;
    this.cursor = { mirror: id };
    this.tables = view.tables;
    this.#view = view;
    this.#bytes = bytes;
    this.#closeView = closeView;
  }

  estimateRows(table: string): number | undefined {
    return this.#view.estimateRows(table);
  }

  estimateBytes(): number {
    return this.#bytes;
  }

  scan(table: string, visitor: ScanVisitor, options?: ScanOptions): Promise<void> {
    return this.#view.scan(table, visitor, options);
  }

  get(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#view.get(table, key);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#closeView());
  }
}
