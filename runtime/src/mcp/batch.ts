import { envelopeOf, type Envelope } from './envelope';
import { jsonElements } from './json-members';
import { ERROR_CODE, isRequest, NotJsonRpc, parseJson } from './json-rpc';

/** The only revision with batches that has Streamable HTTP (2025-03-26, Base Protocol, Batching). */
export const BATCH_REVISION = '2025-03-26';

/** Each request of a batch is a call in flight. */
const MOST_MESSAGES = 100;

/** Whether a JSON text is that of an array. */
export function isArray(text: string): boolean {
  return text.trimStart().startsWith('[');
}

/**
 * Takes a batch apart into its messages, each as it was written.
 *
 * @throws NotJsonRpc when anything in it is wrong: then none of it is passed on.
 */
export function parseBatch(text: string): Envelope[] {
  parseJson(text);
  const texts = elementsOf(text);
  if (texts.length === 0 || texts.length > MOST_MESSAGES) {
    throw new NotJsonRpc(ERROR_CODE.INVALID_REQUEST, `a batch has 1 to ${MOST_MESSAGES} messages`);
  }
  const envelopes = texts.map(envelopeOf);
  const ids = envelopes.flatMap(({ message }) => isRequest(message) ? [message.id] : []);
  if (new Set(ids).size < ids.length) {
    throw new NotJsonRpc(ERROR_CODE.INVALID_REQUEST, 'two requests of a batch have the same id');
  }
  return envelopes;
}

/** The texts of the elements of a JSON array. */
export function elementsOf(text: string): string[] {
  return jsonElements(text).map(({ start, end }) => text.slice(start, end));
}
