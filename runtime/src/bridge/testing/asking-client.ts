import type { JsonRpcRequest } from '../../mcp/json-rpc';
import type { StartedCall } from './asking-bench';
import type { RecordedRound } from './recorded-round';

/** What the answer to a call asks for. */
export interface AskedInput {
  readonly state: string;
  readonly inputRequests: Readonly<Record<string, { readonly method: string; readonly params: { tag: string } }>>;
}

/** What a client of 2026-07-28 knows of one of its calls. */
export class AskingClient {
  /** Its requests, the retries included. */
  readonly rounds: RecordedRound[];
  /** States that were accepted. */
  readonly used = new Set<string>();
  /** Answers that were accepted, by the tags of the questions. */
  readonly given = new Map<string, object>();

  constructor(
    /** Names the call in all that belongs to it. */
    readonly tag: string,
    readonly started: StartedCall,
  ) {
    this.rounds = [started.round];
  }

  get first(): RecordedRound {
    return this.started.round;
  }

  get latest(): RecordedRound {
    return this.rounds.at(-1) ?? this.first;
  }

  get principal(): string {
    return this.first.principal;
  }

  /** What the call's last answer asks for, if it does. */
  get asked(): AskedInput | undefined {
    const { result } = this.latest.outcome === undefined ? { result: undefined } : this.latest;
    return result?.resultType === 'input_required' && typeof result.requestState === 'string'
      ? { state: result.requestState, inputRequests: result.inputRequests as never } : undefined;
  }

  /** Every state that it was given. */
  get states(): string[] {
    return this.rounds.flatMap((round) => round.outcome === undefined ? [] : [round.result.requestState])
      .filter((state) => typeof state === 'string');
  }

  /** The id of its task, if it has become one. */
  get taskId(): string | undefined {
    const outcome = this.rounds.find((round) => round.outcome !== undefined && round.result.resultType === 'task');
    return outcome?.result.taskId as string | undefined;
  }

  retryOf(request: JsonRpcRequest, state: unknown, inputResponses: object, changes: object): JsonRpcRequest {
    const { method, params } = this.first.request;
    const _meta = { progressToken: `token-${this.tag}-${this.rounds.length + 1}` };
    return { ...request, method, params: { ...params, _meta, inputResponses, requestState: state, ...changes } };
  }
}

/** An answer that has the shape of one, and says which question it answers and who gave it. */
export function answerTo(method: string, tag: string, variant: number): object {
  if (method === 'sampling/createMessage') {
    return { role: 'assistant', model: 'm', content: { type: 'text', text: `${tag} ${variant}` } };
  }
  return { action: variant % 3 === 0 ? 'decline' : 'accept', content: { answer: `${tag} ${variant}` } };
}
