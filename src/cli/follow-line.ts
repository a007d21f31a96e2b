import type { RunProgress } from '../index.ts';
import type { OmFollowEvent, OmFollowStatus, SnapshotCause } from '../ozone/index.ts';
import { humanCount, humanSize, humanTime } from './quantities.ts';
import { barLine } from './rebuild-progress.ts';
import type { Output } from './terminal.ts';

const TTY_INTERVAL_MS = 200;

const WHY: Readonly<Record<SnapshotCause, string>> = {
  first: 'there is none yet',
  'changes-gone': 'the Ozone Manager no longer has the changes since the last',
  'history-changed': 'the Ozone Manager has another history than the last',
  'changes-damaged': 'what came after the last could not be used',
};

/** What the line is made of. */
export interface FollowView {
  readonly follow: OmFollowStatus;
  readonly run: RunProgress | undefined;
  /** How far, in sequences, the tables stand behind what was taken. */
  readonly lag: bigint | undefined;
}

/** On a terminal one line that always says how things are; elsewhere a line whenever something happens that is worth one. */
export class FollowLine {
  readonly #out: Output;
  readonly #view: () => FollowView;
  #timer: NodeJS.Timeout | undefined;
  #bytes = 0;
  #wasLevel = false;
  /** What is taken meanwhile is not in the tables yet. */
  #isRebuilding = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(out: Output, view: () => FollowView) {
    this.#out = out;
    this.#view = view;
    if (out.isTty) {
      this.#timer = setInterval(() => {
        this.#redraw();
      }, TTY_INTERVAL_MS);
    }
  }

  heard(event: OmFollowEvent): void {
    switch (event.type) {
      case 'snapshot:begin':
        this.#bytes = 0;
        this.#wasLevel = false;
        this.#line(`Fetching a checkpoint: ${WHY[event.cause]}`);
        break;
      case 'snapshot:bytes':
        this.#bytes = event.bytes;
        break;
      case 'rebuild:begin':
        this.#isRebuilding = true;
        this.#line(`Rebuilding from the checkpoint at ${humanCount(event.sequence)}`);
        break;
      case 'snapshot:end':
        this.#isRebuilding = false;
        this.#line(`The rebuilt tables are live, at ${humanCount(event.sequence)}`);
        break;
      case 'failed':
        this.#isRebuilding = false;
        this.#wasLevel = false;
        this.#line(`${event.error.code}: ${event.error.message}; again in ${humanTime(event.retryInMs)}`);
        break;
      case 'updates':
      case 'idle':
        this.#level(event.sequence, event.type === 'idle' || event.sequence >= event.latest);
        break;
    }
  }

  /** Leaves the terminal on a fresh line. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#out.isTty) this.#write('\r\u001b[K');
    await this.#writing;
  }

  /** Once each time that the tables have come level. */
  #level(sequence: bigint, isLevel: boolean): void {
    if (this.#isRebuilding) return;
    if (isLevel && !this.#wasLevel) this.#line(`Level with the Ozone Manager at ${humanCount(sequence)}`);
    this.#wasLevel = isLevel;
  }

  #line(text: string): void {
    this.#write(this.#out.isTty ? `\r\u001b[K${text}\n` : `${text}\n`);
    if (this.#out.isTty) this.#redraw();
  }

  #redraw(): void {
    this.#write(`\r\u001b[K${followText(this.#view(), this.#bytes, this.#out.columns)}`);
  }

  #write(text: string): void {
    this.#writing = this.#writing.then(() => this.#out.write(text)).catch(() => undefined);
  }
}

/** `om1  at 12,345  3 behind`, cut to the terminal. */
export function followText({ follow, run, lag }: FollowView, bytes: number, columns: number): string {
  const { state, sequence, latest, leader, lastError } = follow;
  if (state === 'rebuilding') return barLine('rebuilding', run, true, columns);
  const parts = [leader ?? 'no Ozone Manager yet'];
  if (sequence !== undefined) parts.push(`at ${humanCount(sequence)}`);
  if (state === 'fetching') parts.push(`fetching a checkpoint, ${humanSize(bytes)}`);
  else if (lastError !== undefined) parts.push(lastError.code);
  else if (sequence !== undefined && latest !== undefined) {
    parts.push(latest > sequence ? `${humanCount(latest - sequence)} behind` : 'level');
    if (lag !== undefined && lag > 0n) parts.push(`tables ${humanCount(lag)} behind that`);
  }
  return parts.join('  ').slice(0, Math.max(20, columns - 1));
}
