import type { WriteStream } from 'node:tty';
import { errorCode, isError } from '../errors.ts';

/** Whoever read the output has gone (`| head`): no failure, but the end of the work. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
}

export function isOutputClosed(error: unknown): error is OutputClosedError {
  return isError(error) && error.name === 'OutputClosedError';
}

/** Standard output or standard error. */
export class Output {
  readonly #stream: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;
  readonly #coloured: boolean;

  constructor(
    stream: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>,
    noColor: boolean,
  ) {
    this.#stream = stream;
    this.#coloured = stream.isTTY === true && !noColor;
    // Every write tells its own failure; without a listener the event would end the process.
    stream.on('error', () => undefined);
  }

  get isTty(): boolean {
    return this.#stream.isTTY === true;
  }

  get columns(): number {
    return this.#stream.columns ?? 80;
  }

  /** Resolves when the text is handed over, so that a slow reader slows the writer. */
  async write(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(text, (error) => {
        if (error === undefined || error === null) resolve();
        else if (errorCode(error) === 'EPIPE') reject(new OutputClosedError('The reader has gone'));
        else reject(error);
      });
    });
  }

  async line(text = ''): Promise<void> {
    await this.write(`${text}\n`);
  }

  readonly bold = (text: string): string => this.#styled(text, 1, 22);
  readonly dim = (text: string): string => this.#styled(text, 2, 22);
  readonly underline = (text: string): string => this.#styled(text, 4, 24);
  readonly red = (text: string): string => this.#styled(text, 31, 39);
  readonly green = (text: string): string => this.#styled(text, 32, 39);
  readonly yellow = (text: string): string => this.#styled(text, 33, 39);

  #styled(text: string, on: number, off: number): string {
    return this.#coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  }
}

export interface Terminal {
  readonly out: Output;
  readonly err: Output;
}

export function processTerminal(): Terminal {
  const noColor = (process.env['NO_COLOR'] ?? '') !== '';
  return { out: new Output(process.stdout, noColor), err: new Output(process.stderr, noColor) };
}
