import { strict as assert } from 'node:assert';
import type { JsonRpcId, JsonRpcRequest } from '../../mcp/json-rpc';
import type { ReceivedRequest } from './modern-server';
import type { SimulatedSession } from './simulated-session';

/** What a server has required in one round of a call. */
interface RequiredInput {
  readonly keys: readonly string[];
  readonly state: string | undefined;
}

/** What the clients and the server of a test know of one call. */
export interface TaggedCall {
  /** In all that belongs to the call. */
  readonly tag: string;
  readonly session: SimulatedSession;
  readonly id: JsonRpcId;
  isCancelled: boolean;
  /** What the server has required last, as long as there was no retry. */
  required: RequiredInput | undefined;
  /** Requests that the server has got for the call. */
  received: number;
}

/** Answers of clients, by the tags of the questions. The first to each counts. */
export class GivenAnswers {
  private readonly answers = new Map<string, object>();

  give(tag: string, answer: object): void {
    if (!this.answers.has(tag)) {
      this.answers.set(tag, answer);
    }
  }

  has(tag: string): boolean {
    return this.answers.has(tag);
  }

  get(tag: string): object | undefined {
    return this.answers.get(tag);
  }
}

/** Fails unless a request is what the call's client has asked for, or the retry that its answers make of it. */
export function checkReceived(call: TaggedCall, { request }: ReceivedRequest, given: GivenAnswers): void {
  const { inputResponses, requestState } = request.params ?? {};
  if (call.received++ === 0) {
    assert.deepEqual([inputResponses, requestState], [undefined, undefined]);
    return;
  }
  const { required } = call;
  assert.ok(required !== undefined, `${call.tag} is sent again when its server has required something, and once`);
  call.required = undefined;
  const expected = required.keys.map((key) => [key, given.get(`${call.tag} ${key}`)]);
  assert.deepEqual(inputResponses, Object.fromEntries(expected));
  assert.equal(requestState, required.state);
}

export function tagOf({ params }: JsonRpcRequest): string {
  return (params?.arguments as { tag?: string } | undefined)?.tag ?? '';
}

/** Fails when anything of another call is in what belongs to this one. */
export function assertOnly(tag: string, value: unknown): void {
  const tags = JSON.stringify(value ?? null).match(/call-\d+/g) ?? [];
  assert.deepEqual(tags.filter((each) => each !== tag), [], `nothing of another call comes to ${tag}`);
}
