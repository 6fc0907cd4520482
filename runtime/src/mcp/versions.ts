/** Revisions with sessions, newest first. */
export const SESSION_REVISIONS = ['2025-11-25', '2025-06-18', '2025-03-26'] as const;

/** The revision without sessions. */
export const MODERN_REVISION = '2026-07-28';

/** Every revision that is served, newest first. */
export const ALL_REVISIONS = [MODERN_REVISION, ...SESSION_REVISIONS] as const;

/** Where a request of 2026-07-28 names its revision, inside `params._meta`. */
export const REVISION_META_KEY = 'io.modelcontextprotocol/protocolVersion';
