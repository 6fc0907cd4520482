import type { JsonRpcRequest } from '../mcp/json-rpc';
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
