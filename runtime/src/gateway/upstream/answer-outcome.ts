import { OUTCOME } from '../outcome';

/** Without any of these keys somewhere, a message is a response that carries a result without complaint. */
const TELLING_KEYS = ['"method"', '"error"', '"isError"'];

/**
 * How the call ended that this message answers, or undefined when it answers none.
 * Only messages that may have something to say are parsed.
 */
export function outcomeOf(message: string | Buffer): string | undefined {
  if (!TELLING_KEYS.some((key) => message.includes(key))) {
    return OUTCOME.OK;
  }
  const parsed = parse(message.toString());
  if (parsed === undefined || 'method' in parsed) {
    return undefined;
  }
  if (parsed.error !== undefined) {
    return String(parsed.error.code);
  }
  return parsed.result?.isError === true ? OUTCOME.TOOL_ERROR : OUTCOME.OK;
}

interface Answer {
  readonly error?: { readonly code?: unknown };
  readonly result?: { readonly isError?: unknown };
}

function parse(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
