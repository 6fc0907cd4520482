import { isUtf8 } from 'node:buffer';
import { endOfString, jsonMembers, type JsonMember } from './json-members';
import { ERROR_CODE, NotJsonRpc, parseMessage, type JsonRpcId, type JsonRpcMessage } from './json-rpc';

/** A message as it was received, and what it says. */
export interface Envelope {
  readonly message: JsonRpcMessage;
  readonly text: string;
}

const TOP_LEVEL_KEYS: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);

/** Longer ids serve nobody, and they are held while their calls are in flight. */
const LONGEST_ID = 1024;

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BRACE_BIT = 0x20;

/** Deeper values are no arguments of a tool: some parsers give up at about 1000, and some crash. */
const DEEPEST_NESTING = 500;

/**
 * Parses a message that will be passed on byte by byte after a decision on what it says. So it must say the
 * same to every parser: some take the first of repeated keys, some ignore letter case (Go's encoding/json),
 * some skip bytes that are no UTF-8, some round large numbers. What two of them could read differently is refused.
 *
 * @throws NotJsonRpc saying what is wrong.
 */
export function parseEnvelope(body: Buffer): Envelope {
  return envelopeOf(decodeBody(body));
}

/**
 * The text of a message, or of several.
 *
 * @throws NotJsonRpc when it should not be parsed at all.
 */
export function decodeBody(body: Buffer): string {
  if (!isUtf8(body)) {
    throw new NotJsonRpc(ERROR_CODE.PARSE_ERROR, 'not UTF-8');
  }
  const text = body.toString('utf8');
  if (isNestedDeeperThan(DEEPEST_NESTING, text)) {
    throw invalid(`nested more than ${DEEPEST_NESTING} levels deep`);
  }
  return text;
}

/** @throws NotJsonRpc saying what is wrong. See `parseEnvelope`. */
export function envelopeOf(text: string): Envelope {
  const message = parseMessage(text);
  const members = distinctMembers(text, 0);
  const stranger = members.find(({ key }) => !TOP_LEVEL_KEYS.has(key));
  if (stranger !== undefined) {
    throw invalid(`'${stranger.key}' is no member of a JSON-RPC message`);
  }
  if ('method' in message && ('result' in message || 'error' in message)) {
    throw invalid('a request and a response at once');
  }
  if ('id' in message) {
    checkId(message.id);
  }
  const params = members.find(({ key }) => key === 'params');
  if (params !== undefined) {
    checkParams(text, params);
  }
  return { message, text };
}

/** Numbers that not every parser can tell from their neighbours would answer another request. */
function checkId(id: JsonRpcId | null): void {
  if (typeof id === 'string' ? id.length > LONGEST_ID : id !== null && !Number.isSafeInteger(id)) {
    throw invalid(`an id is an integer within 53 bits, or a string of at most ${LONGEST_ID} characters`);
  }
}

/** Checks the objects inside which decisions are made: `params`, its `_meta`, and its `ref` of a completion. */
function checkParams(text: string, { start }: JsonMember): void {
  for (const { key, start: inner } of distinctMembers(text, start)) {
    if (text[inner] === '{' && (key === '_meta' || key === 'ref')) {
      distinctMembers(text, inner);
    } else if (key === '_meta') {
      throw invalid('_meta is no object');
    }
  }
}

function distinctMembers(text: string, at: number): JsonMember[] {
  const members = jsonMembers(text, at);
  const keys = new Set(members.map(({ key }) => key.toLowerCase()));
  if (keys.size < members.length) {
    throw invalid('a key is repeated, or differs from another in letter case only');
  }
  if (keys.has('__proto__')) {
    throw invalid('__proto__ is no key of a message');
  }
  return members;
}

/** Needs no memory, whatever the text; over strings it goes at the speed of a search. */
function isNestedDeeperThan(limit: number, text: string): boolean {
  // Each level takes two characters.
  if (text.length <= 2 * limit) {
    return false;
  }
  let depth = 0;
  let at = 0;
  while (at < text.length && depth <= limit) {
    const code = text.charCodeAt(at);
    // Braces and brackets of one direction differ in one bit only.
    const bracket = code | BRACE_BIT;
    if (bracket === OPEN_BRACE) {
      depth++;
    } else if (bracket === CLOSE_BRACE) {
      depth--;
    }
    at = code === QUOTE ? endOfString(text, at) : at + 1;
  }
  return depth > limit;
}

function invalid(reason: string): NotJsonRpc {
  return new NotJsonRpc(ERROR_CODE.INVALID_REQUEST, reason);
}
