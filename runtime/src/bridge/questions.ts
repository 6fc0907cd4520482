import type { JsonRpcRequest } from '../mcp/json-rpc';
import { isObject, objectAt, without, type JsonObject } from './json-object';
import { META } from './request-meta';

/** What a server may ask of a client, and whether an answer has the right shape. */
const ANSWER_CHECKS: ReadonlyMap<string, (answer: JsonObject) => boolean> = new Map([
  ['elicitation/create', isElicitResult],
  ['sampling/createMessage', isCreateMessageResult],
  ['roots/list', isListRootsResult],
]);

/** Whether a server may ask this of a client in mid-call. */
export function isQuestionMethod(method: string): boolean {
  return ANSWER_CHECKS.has(method);
}

/** Whether a client's answer to a question has the shape of one. */
export function isValidAnswer(method: string, answer: unknown): boolean {
  return isObject(answer) && ANSWER_CHECKS.get(method)?.(answer) === true;
}

/** The request of a server of before 2026-07-28 as one of the `inputRequests` of that revision. */
export function toModernQuestion({ method, params }: JsonRpcRequest): object {
  if (params === undefined) {
    return { method };
  }
  const meta = without(objectAt(params, '_meta') ?? {}, META.PROGRESS_TOKEN, META.RELATED_TASK);
  return {
    method,
    params: {
      ...without(params, '_meta', 'task', ...(method === 'elicitation/create' ? ['elicitationId'] : [])),
      ...(Object.keys(meta).length > 0 && { _meta: meta }),
    },
  };
}

/**
 * The params of one of the `inputRequests` of 2026-07-28 as those of a request of before.
 *
 * @param mintElicitationId makes the id that those revisions need for an elicitation by URL
 */
export function toLegacyQuestionParams(inputRequest: object, mintElicitationId: () => string): JsonObject {
  const params = objectAt(inputRequest, 'params') ?? {};
  const isByUrl = (inputRequest as JsonObject).method === 'elicitation/create' && params.mode === 'url';
  return isByUrl ? { ...params, elicitationId: mintElicitationId() } : { ...params };
}

function isElicitResult({ action, content }: JsonObject): boolean {
  return (action === 'accept' || action === 'decline' || action === 'cancel')
    && (content === undefined || isObject(content));
}

function isCreateMessageResult({ role, content, model }: JsonObject): boolean {
  const blocks = Array.isArray(content) ? content : [content];
  return (role === 'assistant' || role === 'user') && typeof model === 'string'
    && blocks.every((block) => isObject(block) && typeof block.type === 'string');
}

function isListRootsResult({ roots }: JsonObject): boolean {
  return Array.isArray(roots) && roots.every((root) => isObject(root) && typeof root.uri === 'string');
}
