/**
 * Revisions with sessions, newest first: the ones served so far.
 * The revision without sessions, 2026-07-28, is refused with the list of these.
 */
export const SESSION_REVISIONS = ['2025-11-25', '2025-06-18', '2025-03-26'] as const;

/** Where a request of 2026-07-28 names its revision, inside `params._meta`. */
export const REVISION_META_KEY = 'io.modelcontextprotocol/protocolVersion';
