import { findJsonValue, removeJsonValue, setJsonValue } from '../mcp/json-members';
import type { JsonRpcNotification, JsonRpcRequest, JsonRpcResponse } from '../mcp/json-rpc';
import type { CallFailure, CallListener } from './call';

interface OpenCall {
  readonly listener: CallListener;
  /** Whether the request asks to hear of its progress. */
  readonly wantsProgress: boolean;
}

/**
 * The calls that wait for one server's answers. The server knows each by an id of this side, which is its progress
 * token and subscription id as well: ids of different clients never meet, and none is used twice.
 */
export class ServerCalls {
  private lastId = 0;
  private readonly calls = new Map<number, OpenCall>();

  constructor(private readonly send: (text: string) => void) {}

  get size(): number {
    return this.calls.size;
  }

  /** Sends a request under an id of its own. */
  open(request: JsonRpcRequest, text: string, listener: CallListener): number {
    const id = ++this.lastId;
    const wantsProgress = hasProgressToken(request);
    this.calls.set(id, { listener, wantsProgress });
    this.send(withOwnIds(request, text, String(id), wantsProgress));
    return id;
  }

  get(id: unknown): CallListener | undefined {
    return this.calls.get(id as number)?.listener;
  }

  /** The id of the only call in flight, if there is just one. */
  onlyExcept(ids: ReadonlySet<number>): number | undefined {
    const [first, second] = [...this.calls.keys()].filter((id) => !ids.has(id));
    return second === undefined ? first : undefined;
  }

  /** @returns whether a call waits for this answer */
  answer(answer: JsonRpcResponse, text: string): boolean {
    const listener = this.get(answer.id);
    this.forget(answer.id);
    listener?.onAnswer(answer, text);
    return listener !== undefined;
  }

  /** @returns whether a call has asked for this progress */
  progress(notification: JsonRpcNotification, text: string): boolean {
    const call = this.calls.get(notification.params?.progressToken as number);
    if (call?.wantsProgress !== true) {
      return false;
    }
    call.listener.onNotification(notification, text);
    return true;
  }

  /**
   * Tells the server that nobody waits any more.
   *
   * @returns whether the call was in flight
   */
  cancel(id: number, reason: string): boolean {
    const wasInFlight = this.forget(id);
    if (wasInFlight) {
      this.send(JSON.stringify({
        jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason },
      }));
    }
    return wasInFlight;
  }

  failAll(failure: CallFailure): void {
    const calls = [...this.calls.values()];
    this.calls.clear();
    calls.forEach(({ listener }) => listener.onFailure(failure));
  }

  private forget(id: unknown): boolean {
    return this.calls.delete(id as number);
  }
}

/** What is no token is none: nobody could be told of progress under it. */
function hasProgressToken({ params }: JsonRpcRequest): boolean {
  const meta = params?._meta as Record<string, unknown> | null | undefined;
  return ['string', 'number'].includes(typeof meta?.progressToken);
}

/**
 * The request is made anew around its params. Of members that are repeated, or differ in letter case only, parsers take
 * different ones: the server could take a client's own id for that of another client's call.
 */
function withOwnIds({ method }: JsonRpcRequest, text: string, id: string, wantsProgress: boolean): string {
  const start = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)}`;
  const params = findJsonValue(text, ['params']);
  if (params === undefined) {
    return `${start}}`;
  }
  const path = ['_meta', 'progressToken'];
  const withoutToken = removeJsonValue(text.slice(params.start, params.end), path);
  return `${start},"params":${wantsProgress ? setJsonValue(withoutToken, path, id) : withoutToken}}`;
}
