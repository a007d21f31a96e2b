const STOPS = { SIGINT: 130, SIGTERM: 143 } as const;
type Stop = keyof typeof STOPS;

/** Turns SIGINT and SIGTERM into an abort. A second one ends the process at once, as a crash would: that loses nothing. */
export class StopSignals {
  readonly #controller = new AbortController();
  #exitCode: number | undefined;

  constructor() {
    for (const name of Object.keys(STOPS)) process.on(name, this.#stop);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 130 or 143 once one has come. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  dispose(): void {
    for (const name of Object.keys(STOPS)) process.off(name, this.#stop);
  }

  readonly #stop = (name: string): void => {
    if (this.#exitCode !== undefined) process.exit(this.#exitCode);
    this.#exitCode = isStop(name) ? STOPS[name] : 1;
    this.#controller.abort(new Error(`The process got ${name}`));
  };
}

function isStop(name: string): name is Stop {
  return Object.hasOwn(STOPS, name);
}
