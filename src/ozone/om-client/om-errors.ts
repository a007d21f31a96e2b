import { errorCode, errorMessage, isError, StagedReprocessError } from '../../errors.ts';

/** What went wrong at one address. */
export interface FailedAddress {
  /** Host and port. */
  readonly address: string;
  readonly reason: string;
}

/** One Ozone Manager could not be reached or does not lead: another one may. */
export class OmUnavailable extends StagedReprocessError {
  readonly failed: FailedAddress;

  constructor(address: string, reason: string, cause?: unknown) {
    const failed = { address, reason };
    super('REPROCESS_OM_UNAVAILABLE', `The Ozone Manager at ${address} is not available: ${reason}`, {
      details: { addresses: [failed] },
      cause,
    });
    this.failed = failed;
  }
}

export function allUnavailable(failures: readonly OmUnavailable[]): StagedReprocessError {
  const addresses = failures.map(({ failed }) => failed);
  const reasons = addresses.map(({ address, reason }) => `${address}: ${reason}`).join('; ');
  return new StagedReprocessError('REPROCESS_OM_UNAVAILABLE', `No Ozone Manager is available (${reasons})`, {
    details: { addresses },
    cause: failures.length === 1 ? failures[0] : new AggregateError(failures, reasons),
  });
}

export function answerInvalid(address: string, what: string, cause?: unknown): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_ANSWER_INVALID',
    `The answer of the Ozone Manager at ${address} cannot be understood: ${what}`,
    { details: { address }, cause },
  );
}

export function authenticationNeeded(address: string, what: string, cause?: unknown): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_AUTHENTICATION',
    `The Ozone Manager at ${address} wants another authentication: ${what}`,
    { details: { address }, cause },
  );
}

/** The innermost reason that an error names: what fetch throws says only that it failed. */
export function innermostReason(error: unknown): string {
  let reason = errorMessage(error);
  for (let at: unknown = error; isError(at); at = at.cause) {
    // Of several attempts at one name, Node's error has a code and no message.
    reason = at.message === '' ? (errorCode(at) ?? reason) : at.message;
  }
  return reason;
}
