import {
  errorResponse, type JsonRpcId, type JsonRpcMessage, type JsonRpcNotification, type JsonRpcRequest,
} from '../mcp/json-rpc';
import type { CallFailure, CallHandle, CallListener } from './call';

/** What a connection to a server needs of the world. */
export interface ConnectionPorts {
  /** Writes a message to the server. */
  send(text: string): void;
  /** The server tells everybody that something has changed: a list, or a resource that was subscribed to. */
  onChange(notification: JsonRpcNotification, text: string): void;
  /** A message that is passed to nobody. The log may say so. */
  onStray(message: JsonRpcMessage, reason: string): void;
}

/** One server process as the bridge speaks to it. Calls of many clients share it. */
export interface ServerConnection {
  /** Calls in flight. */
  readonly size: number;
  /** Sends a request. */
  call(request: JsonRpcRequest, text: string, listener: CallListener): CallHandle;
  /** A message of the server. */
  onMessage(message: JsonRpcMessage, text: string): void;
  /** Resolves when the server answers something that every server answers, whatever it answers. */
  check(): Promise<unknown>;
  /** The server is gone: all calls in flight fail. */
  fail(failure: CallFailure): void;
}

/** The answer to a request of a server that nobody will answer, as JSON. */
export function refusal(id: JsonRpcId, code: number, message: string): string {
  return JSON.stringify(errorResponse(id, code, message));
}
