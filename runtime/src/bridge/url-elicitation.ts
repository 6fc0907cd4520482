import { ERROR_CODE, type JsonRpcResponse } from '../mcp/json-rpc';
import { declares } from './capabilities';
import { isObject, isTooDeep, type JsonObject } from './json-object';
import { errorOutcome, missingCapability, resultOutcome, type Outcome } from './outcome';
import { toModernQuestion } from './questions';

const REQUIRED = { elicitation: { url: {} } };

/** The elicitations by URL that an error of 2025-11-25 asks for, undefined for any other answer. */
export function requiredUrlElicitations({ error }: JsonRpcResponse): JsonObject[] | undefined {
  if (error?.code !== ERROR_CODE.URL_ELICITATION_REQUIRED) {
    return undefined;
  }
  const { elicitations } = (error.data ?? {}) as { elicitations?: unknown };
  return Array.isArray(elicitations) ? elicitations.filter(isObject) : [];
}

/**
 * Asks a client for what a server requires before it does anything. It gives no state: the retry is the one that
 * executes the request afresh.
 *
 * @param capabilities that the client declares
 * @param mayAsk whether the client's request is one whose answer may ask
 */
export function askForUrls(elicitations: readonly JsonObject[], capabilities: object, mayAsk: boolean): Outcome {
  if (!declares(capabilities, REQUIRED)) {
    return missingCapability(REQUIRED);
  }
  const params = elicitations.map((elicitation) => ({ ...elicitation, mode: 'url' }));
  if (params.length === 0 || isTooDeep(params) || !mayAsk) {
    return errorOutcome(ERROR_CODE.INTERNAL_ERROR, 'The server requires an elicitation by URL that cannot be passed on');
  }
  const inputRequests = Object.fromEntries(params.map((each, index) => [
    `url-${index + 1}`,
    toModernQuestion({ jsonrpc: '2.0', id: 0, method: 'elicitation/create', params: each }),
  ]));
  return resultOutcome({ resultType: 'input_required', inputRequests });
}
