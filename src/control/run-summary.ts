/** One line of the run history. @public */
export interface RunSummary {
  readonly format: 1;
  /** Number of the run, which is that of its generations. */
  readonly generation: number;
  readonly reason: string;
  readonly outcome: 'switched' | 'compared' | 'failed' | 'aborted';
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly sequence: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}
