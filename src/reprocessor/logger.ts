/**
 * Where the library writes what an operator may want to read. `console` fits, and so do pino and winston behind a few
 * lines. Silent unless one is given.
 *
 * @public
 */
export interface Logger {
  debug(message: string, details: object): void;
  info(message: string, details: object): void;
  warn(message: string, details: object): void;
  error(message: string, details: object): void;
}
