import { answerInvalid, authenticationNeeded, OmUnavailable } from './om-errors.ts';

/** Request timeout, too many requests, and what a proxy or a node that does not lead says. */
const PASSING: readonly number[] = [408, 429, 502, 503, 504];
const AUTHENTICATION: readonly number[] = [401, 403, 407];
/** What is surely no archive, whatever stands in it. */
const TEXT = /^(?:text\/|application\/(?:json|xml|xhtml\+xml))/i;

/** Throws unless the answer may be a checkpoint. `at` is the host and port that it came from. */
export function checkResponse(at: string, response: Response): void {
  const { status, statusText } = response;
  const shown = `HTTP status ${status} ${statusText}`.trimEnd();
  if (isRedirect(response)) {
    const where = placeOf(response.headers.get('location'), response.url);
    throw authenticationNeeded(at, `it redirects ${where}, as to a login page`);
  }
  if (AUTHENTICATION.includes(status)) throw authenticationNeeded(at, shown);
  if (PASSING.includes(status)) throw new OmUnavailable(at, shown);
  if (status !== 200 && status !== 201) throw answerInvalid(at, shown);
  const type = response.headers.get('content-type') ?? '';
  if (TEXT.test(type)) throw answerInvalid(at, `it is no checkpoint but ${type}`);
}

/** A fetch that follows no redirects shows them as they are, or, as browsers do, without anything. */
function isRedirect({ status, type }: Response): boolean {
  return type === 'opaqueredirect' || [301, 302, 303, 307, 308].includes(status);
}

/** Without the query, which may hold what nobody should see. */
function placeOf(location: string | null, base: string): string {
  if (location === null || !URL.canParse(location, base)) return 'somewhere';
  const { origin, pathname } = new URL(location, base);
  return `to ${origin}${pathname}`;
}
