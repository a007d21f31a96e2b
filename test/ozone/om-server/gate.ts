/** A point at which a server stops until the test lets it go on. */
export interface Gate {
  /** Resolves when the server stands at it. */
  readonly reached: Promise<void>;
  /** Lets the server go on, now or when it comes. */
  release(): void;
}

export interface ServerGate extends Gate {
  /** The server's side. */
  pass(): Promise<void>;
}

export function makeGate(): ServerGate {
  const reached = Promise.withResolvers<undefined>();
  const open = Promise.withResolvers<undefined>();
  return {
    reached: reached.promise,
    release() {
      open.resolve(undefined);
    },
    async pass() {
      reached.resolve(undefined);
      await open.promise;
    },
  };
}
