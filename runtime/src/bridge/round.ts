import { setJsonValue } from '../mcp/json-members';
import type { JsonRpcNotification, JsonRpcRequest } from '../mcp/json-rpc';
import type { Outcome } from './outcome';

/** One request of a client of 2026-07-28, and the way back to it. */
export interface Round {
  readonly request: JsonRpcRequest;
  /** Key of who calls; empty for a caller that nobody knows. */
  readonly principal: string;
  /** Capabilities that this request declares. */
  readonly capabilities: object;
  /** Something that comes before the answer. */
  notify(text: string): void;
  /** The answer, once. */
  answer(outcome: Outcome): void;
}

/** The token under which a request wants to hear of its progress. */
export function progressTokenOf({ params }: JsonRpcRequest): unknown {
  return (params?._meta as { progressToken?: unknown } | undefined)?.progressToken;
}

/** The text of progress under the token of the request that it goes to, and of any other notification as it is. */
export function withOwnToken({ method }: JsonRpcNotification, text: string, request: JsonRpcRequest): string {
  return method === 'notifications/progress'
    ? setJsonValue(text, ['params', 'progressToken'], JSON.stringify(progressTokenOf(request))) : text;
}
