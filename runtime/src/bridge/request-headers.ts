import { isUtf8 } from 'node:buffer';
import { HEADER } from '../mcp/headers';
import { isObject, objectAt } from './json-object';
import { META } from './request-meta';

/**
 * Headers of a request under names in lower case. As Node's `headersDistinct` gives them, a header that is repeated
 * can be told from one value with a comma in it.
 */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const METHOD_HEADER = 'mcp-method';
const NAME_HEADER = 'mcp-name';

/** Which of its params names what a request is about. */
const NAME_SOURCES: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
]);

const ENCODED_PREFIX = '=?base64?';
const ENCODED_SUFFIX = '?=';

/** RFC 9110 section 5.5, without the bytes beyond ASCII. */
const FIELD_VALUE = /^[\t\x20-\x7e]*$/;
/** What every recipient leaves as it is. */
const PLAIN_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * Checks that the headers of a request of 2026-07-28 say what its body says (Streamable HTTP, Server Validation). Of
 * a notification only the headers that it has are checked. What the body lacks is for the checks of its params.
 *
 * @returns what is wrong, undefined when nothing is
 */
export function checkRequestHeaders(headers: RequestHeaders, message: object): string | undefined {
  const { method, params } = message as { method?: unknown; params?: unknown };
  const isNeeded = 'id' in message;
  const version = objectAt(params, '_meta')?.[META.PROTOCOL_VERSION];
  return checkPlain(headers, HEADER.PROTOCOL_VERSION, version, isNeeded)
    ?? checkPlain(headers, METHOD_HEADER, method, isNeeded)
    ?? checkName(headers, String(method), params, isNeeded);
}

/**
 * The value that a header carries, decoded if it is in Base64. Undefined when it has characters that no header may
 * have, or is no valid Base64 of a text.
 */
export function decodeHeaderValue(value: string): string | undefined {
  const trimmed = trimSpace(value);
  if (!FIELD_VALUE.test(trimmed)) {
    return undefined;
  }
  if (!isEncoded(trimmed)) {
    return trimmed;
  }
  const encoded = trimmed.slice(ENCODED_PREFIX.length, -ENCODED_SUFFIX.length);
  const bytes = Buffer.from(encoded, 'base64');
  // Decoding skips what is no Base64 and takes any padding: only the canonical text is valid.
  return bytes.toString('base64') === encoded && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** The value as a header can carry it: as it is, or in Base64 when it might not arrive so. */
export function encodeHeaderValue(value: string): string {
  return PLAIN_VALUE.test(value) && !isEncoded(value)
    ? value
    : `${ENCODED_PREFIX}${Buffer.from(value).toString('base64')}${ENCODED_SUFFIX}`;
}

/** The only value of a header, undefined when it is missing. An object says why there is no such value. */
export function singleHeader(headers: RequestHeaders, name: string): string | undefined | { readonly fault: string } {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (value === undefined || typeof value === 'string') {
    return value;
  }
  return value.length > 1 ? { fault: `The header ${name} is repeated` } : value[0];
}

/** @param expected undefined or no string when the body does not say it, which is not this check's concern */
function checkPlain(headers: RequestHeaders, name: string, expected: unknown, isNeeded: boolean): string | undefined {
  const value = singleHeader(headers, name);
  if (value === undefined) {
    return isNeeded ? `The header ${name} is missing` : undefined;
  }
  if (typeof value === 'object') {
    return value.fault;
  }
  return typeof expected !== 'string' || trimSpace(value) === expected
    ? undefined
    : `The header ${name} does not match the body`;
}

function checkName(
  headers: RequestHeaders, method: string, params: unknown, isNeeded: boolean,
): string | undefined {
  const source = NAME_SOURCES.get(method);
  if (source === undefined) {
    return undefined;
  }
  const expected = isObject(params) ? params[source] : undefined;
  const value = singleHeader(headers, NAME_HEADER);
  if (typeof value === 'object') {
    return value.fault;
  }
  if (value === undefined) {
    return isNeeded && expected !== undefined ? `The header ${NAME_HEADER} is missing` : undefined;
  }
  const decoded = decodeHeaderValue(value);
  if (decoded === undefined) {
    return `The header ${NAME_HEADER} has invalid characters or is no valid Base64`;
  }
  return decoded === expected ? undefined : `The header ${NAME_HEADER} does not match params.${source}`;
}

/** Space that is no part of a header's value. Other than `trim`, it leaves the spaces of Unicode. */
function trimSpace(value: string): string {
  let start = 0;
  let end = value.length;
  while (isSpace(value[start])) {
    start++;
  }
  while (end > start && isSpace(value[end - 1])) {
    end--;
  }
  return value.slice(start, end);
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function isEncoded(value: string): boolean {
  return value.startsWith(ENCODED_PREFIX) && value.endsWith(ENCODED_SUFFIX)
    && value.length >= ENCODED_PREFIX.length + ENCODED_SUFFIX.length;
}
