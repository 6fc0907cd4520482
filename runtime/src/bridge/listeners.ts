import type { JsonRpcRequest, JsonRpcResponse } from '../mcp/json-rpc';
import type { CallListener } from './call';

/** Hears what the listener hears. Before the last thing it calls back. */
export function endingWith(listener: CallListener, onEnd: () => void): CallListener {
  return {
    onNotification: (notification, text) => listener.onNotification(notification, text),
    onQuestion: (question) => listener.onQuestion(question),
    onQuestionWithdrawn: (id) => listener.onQuestionWithdrawn(id),
    onAnswer: (answer, text) => {
      onEnd();
      listener.onAnswer(answer, text);
    },
    onFailure: (failure) => {
      onEnd();
      listener.onFailure(failure);
    },
  };
}

/**
 * Waits for the answer to a request of the bridge itself.
 *
 * @param send sends it
 * @param onQuestion the server asks in mid-call; without it, it is not heard
 * @throws Error when there will be no answer.
 */
export function answerTo(
  send: (listener: CallListener) => unknown,
  onQuestion?: (question: JsonRpcRequest, listener: CallListener) => void,
): Promise<JsonRpcResponse> {
  return new Promise((resolve, reject) => {
    const listener: CallListener = {
      onNotification: () => undefined,
      onQuestion: (question) => onQuestion?.(question, listener),
      onQuestionWithdrawn: () => undefined,
      onAnswer: resolve,
      onFailure: ({ message }) => reject(new Error(message)),
    };
    send(listener);
  });
}
