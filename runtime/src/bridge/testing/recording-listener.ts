import type { JsonRpcId, JsonRpcNotification, JsonRpcRequest, JsonRpcResponse } from '../../mcp/json-rpc';
import type { CallFailure, CallListener } from '../call';

/** Remembers what comes of a call. */
export class RecordingListener implements CallListener {
  readonly notifications: JsonRpcNotification[] = [];
  readonly questions: JsonRpcRequest[] = [];
  readonly withdrawn: JsonRpcId[] = [];
  readonly answers: JsonRpcResponse[] = [];
  readonly failures: CallFailure[] = [];

  get all(): unknown[] {
    return [...this.notifications, ...this.questions, ...this.withdrawn, ...this.answers, ...this.failures];
  }

  onNotification(notification: JsonRpcNotification): void {
    this.notifications.push(notification);
  }

  onQuestion(question: JsonRpcRequest): void {
    this.questions.push(question);
  }

  onQuestionWithdrawn(id: JsonRpcId): void {
    this.withdrawn.push(id);
  }

  onAnswer(answer: JsonRpcResponse): void {
    this.answers.push(answer);
  }

  onFailure(failure: CallFailure): void {
    this.failures.push(failure);
  }
}
