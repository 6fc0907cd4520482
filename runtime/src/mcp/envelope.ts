import { isUtf8 } from 'node:buffer';
import { ERROR_CODE, NotJsonRpc, parseMessage, type JsonRpcMessage } from './json-rpc';
import { jsonMembers, type JsonMember } from './json-members';

/** A message as it was received, and what it says. */
export interface Envelope {
  readonly message: JsonRpcMessage;
  readonly text: string;
}

const TOP_LEVEL_KEYS: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);

/**
 * Parses a message that will be passed on byte by byte after a decision on what it says. So it must say the
 * same to every parser: some take the first of repeated keys, some ignore letter case (Go's encoding/json),
 * some skip bytes that are no UTF-8. What two of them could read differently is refused.
 *
 * @throws NotJsonRpc saying what is wrong.
 */
export function parseEnvelope(body: Buffer): Envelope {
  if (!isUtf8(body)) {
    throw new NotJsonRpc(ERROR_CODE.PARSE_ERROR, 'not UTF-8');
  }
  const text = body.toString('utf8');
  const message = parseMessage(text);
  const members = distinctMembers(text, 0);
  const stranger = members.find(({ key }) => !TOP_LEVEL_KEYS.has(key));
  if (stranger !== undefined) {
    throw new NotJsonRpc(ERROR_CODE.INVALID_REQUEST, `'${stranger.key}' is no member of a JSON-RPC message`);
  }
  checkNested(text, members, 'params', 'ref');
  return { message, text };
}

/** Checks the objects inside which policy looks: `params`, and `params.ref` of a completion. */
function checkNested(text: string, members: readonly JsonMember[], key: string, ...deeper: string[]): void {
  const member = members.find((candidate) => candidate.key === key);
  if (member === undefined || text[member.start] !== '{') {
    return;
  }
  const inner = distinctMembers(text, member.start);
  const [next, ...rest] = deeper;
  if (next !== undefined) {
    checkNested(text, inner, next, ...rest);
  }
}

function distinctMembers(text: string, at: number): JsonMember[] {
  const members = jsonMembers(text, at);
  const keys = new Set(members.map(({ key }) => key.toLowerCase()));
  if (keys.size < members.length) {
    throw new NotJsonRpc(ERROR_CODE.INVALID_REQUEST, 'a key is repeated, or differs from another in letter case only');
  }
  return members;
}
