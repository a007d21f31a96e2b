import type { Output } from '../terminal.ts';

const FLUSH_CHARACTERS = 64 * 1024;

/** Gathers lines, so that not every row is a system call. */
export class LineBuffer {
  readonly #out: Output;
  #lines: string[] = [];
  #characters = 0;

  constructor(out: Output) {
    this.#out = out;
  }

  async add(line: string): Promise<void> {
    this.#lines.push(line);
    this.#characters += line.length + 1;
    if (this.#characters >= FLUSH_CHARACTERS) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const text = `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    this.#characters = 0;
    await this.#out.write(text);
  }
}
