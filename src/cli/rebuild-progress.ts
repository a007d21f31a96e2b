import type { RunProgress } from '../index.ts';
import { humanCount, humanTime } from './quantities.ts';
import type { Output } from './terminal.ts';

const TTY_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 1000;
const BAR_CELLS = 24;

/** Shows how far a rebuild is: a bar on a terminal, else a line about each second; and each step once. */
export class RebuildProgress {
  readonly #err: Output;
  readonly #quiet: boolean;
  readonly #progress: () => RunProgress | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasBar = false;
  #step = '';
  #readsRows = false;
  /** What is written comes out in order, and a failing terminal ends nothing. */
  #writing: Promise<void> = Promise.resolve();

  constructor(err: Output, quiet: boolean, progress: () => RunProgress | undefined) {
    this.#err = err;
    this.#quiet = quiet;
    this.#progress = progress;
  }

  /** Begins the step of this name; in a step that reads the source the rows read are shown. */
  begin(step: string, readsRows: boolean): void {
    this.#step = step;
    this.#readsRows = readsRows;
    if (this.#quiet) return;
    if (!this.#err.isTty) this.#write(`${step}\n`);
    else this.#show();
    this.#timer ??= setInterval(
      () => {
        this.#show();
      },
      this.#err.isTty ? TTY_INTERVAL_MS : PLAIN_INTERVAL_MS,
    );
  }

  /** Shows the last state and leaves the terminal on a fresh line. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#hasBar) this.#write('\r\u001b[K');
    this.#hasBar = false;
    await this.#writing;
  }

  #show(): void {
    const run = this.#progress();
    if (this.#err.isTty) {
      this.#hasBar = true;
      this.#write(`\r\u001b[K${barLine(this.#step, run, this.#readsRows, this.#err.columns)}`);
    } else if (this.#readsRows && run !== undefined && run.rowsDone > 0) {
      this.#write(`${this.#step}: ${rowsText(run)}\n`);
    }
  }

  #write(text: string): void {
    this.#writing = this.#writing.then(() => this.#err.write(text)).catch(() => undefined);
  }
}

/** `[#####-----]  52 %  processing  1,234,567 of 2,400,000 rows, 80,000 rows/s, ETA 15 s`, cut to the terminal. */
export function barLine(
  step: string,
  run: RunProgress | undefined,
  readsRows: boolean,
  columns: number,
): string {
  const share = shareOf(run);
  const filled = Math.round((share ?? 0) * BAR_CELLS);
  const bar = share === undefined ? ' '.repeat(BAR_CELLS) : '#'.repeat(filled).padEnd(BAR_CELLS, '-');
  const percent = share === undefined ? '  ? %' : `${String(Math.floor(share * 100)).padStart(3)} %`;
  const rows = !readsRows || run === undefined || run.rowsDone === 0 ? '' : `  ${rowsText(run)}`;
  return `[${bar}] ${percent}  ${step}${rows}`.slice(0, Math.max(20, columns - 1));
}

/** `1,234,567 of about 2,400,000 rows, 80,000 rows/s, ETA 15 s`. */
export function rowsText(run: RunProgress): string {
  const { rowsDone, rowsEstimated, rowsPerSecond, etaMs } = run;
  const total =
    rowsEstimated === undefined ? '' : ` of about ${humanCount(Math.max(rowsDone, rowsEstimated))}`;
  const eta = etaMs === undefined ? 'unknown' : humanTime(Math.max(0, etaMs));
  return `${humanCount(rowsDone)}${total} rows, ${humanCount(rowsPerSecond)} rows/s, ETA ${eta}`;
}

function shareOf(run: RunProgress | undefined): number | undefined {
  if (run?.rowsEstimated === undefined || run.rowsEstimated === 0) return undefined;
  return Math.min(1, run.rowsDone / run.rowsEstimated);
}
