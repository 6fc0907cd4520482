import { findJsonValue, setJsonValue } from '../mcp/json-members';
import type { AskingCall } from './asking-call';
import { resultOutcome, type Outcome } from './outcome';

/** The extension by which a call goes on while nobody waits for it (SEP-2663). */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

export const TASKS_CAPABILITY = { extensions: { [TASKS_EXTENSION]: {} } };

/** How often a client should ask, in ms. */
const POLL_INTERVAL_MS = 1000;

/** A call that has become a task: the client asks after it. */
export class CallTask {
  private readonly createdAt: string;
  private isCancelled = false;

  /** @param ttlMs how long after its creation the task can be asked after */
  constructor(readonly call: AskingCall, now: number, private readonly ttlMs: number) {
    this.createdAt = new Date(now).toISOString();
  }

  get id(): string {
    return this.call.id;
  }

  /** The answer to the request that has become a task. */
  created(): Outcome {
    return resultOutcome({ resultType: 'task', ...this.common('working', this.createdAt) });
  }

  /** The answer to `tasks/get`. */
  describe(now: number): Outcome {
    const at = new Date(now).toISOString();
    const { result, inputRequests } = this.call;
    if (this.isCancelled) {
      return this.described('cancelled', at);
    }
    if (result !== undefined) {
      return this.ended(result, at);
    }
    return inputRequests === undefined
      ? this.described('working', at) : this.described('input_required', at, { inputRequests });
  }

  cancel(): void {
    this.isCancelled ||= this.call.result === undefined;
    this.call.cancel('The client has cancelled the task');
  }

  /** The answer is a part of this one as it is. */
  private ended({ text, response }: Outcome, at: string): Outcome {
    const [status, key] = response.error === undefined ? ['completed', 'result'] as const : ['failed', 'error'] as const;
    const described = this.described(status, at);
    const { start, end } = findJsonValue(text, [key])!;
    return { ...described, text: setJsonValue(described.text, ['result', key], text.slice(start, end)) };
  }

  private described(status: string, at: string, details: object = {}): Outcome {
    return resultOutcome({ resultType: 'complete', ...this.common(status, at), ...details });
  }

  private common(status: string, lastUpdatedAt: string): object {
    return {
      taskId: this.id, status, createdAt: this.createdAt, lastUpdatedAt,
      ttlMs: this.ttlMs, pollIntervalMs: POLL_INTERVAL_MS,
    };
  }
}
