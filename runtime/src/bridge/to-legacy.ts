import { findJsonValue, jsonElements, mapJsonElements, removeJsonValue, setJsonValue } from '../mcp/json-members';
import { ERROR_CODE, type JsonRpcRequest, type JsonRpcResponse } from '../mcp/json-rpc';
import { MODERN_REVISION, SESSION_REVISIONS } from '../mcp/versions';
import { toLegacyServerCapabilities } from './capabilities';
import { isObject, isTooDeep, objectAt } from './json-object';
import { lossesToLegacy, LOSSES_META_KEY } from './losses';
import { needsWrapping, wrapOutput, wrapOutputSchema } from './output-schema';
import { isImplementation, META, type LogLevel } from './request-meta';

/** What a client with a session says about itself in each request that is made of its own. */
export interface LegacyRequestMeta {
  readonly clientInfo?: object;
  readonly clientCapabilities: object;
  readonly logLevel?: LogLevel;
}

/** What only results of 2026-07-28 say. */
const MODERN_RESULT_MEMBERS = ['resultType', 'ttlMs', 'cacheScope'];

/**
 * The answer of a server of 2026-07-28 as one of before, as text. The result is one of the type `complete`.
 *
 * @param method of the request that it answers
 * @param text what `message` was parsed from
 * @param isOutputWrapped whether clients were told that the output of the tool is inside an object (`wrappedTools`)
 */
export function toLegacyResult(
  method: string, text: string, { result }: JsonRpcResponse, isOutputWrapped = false,
): string {
  const answer = MODERN_RESULT_MEMBERS.reduce((json, member) => removeJsonValue(json, ['result', member]), text);
  switch (method) {
    case 'tools/list':
      return withWrappedSchemas(answer, result);
    case 'tools/call':
      return withWrappedOutput(answer, result, isOutputWrapped);
    default:
      return answer;
  }
}

/** The error of a server of 2026-07-28 as one of before, as text. */
export function toLegacyError(method: string, text: string, { error }: JsonRpcResponse): string {
  const isResourceNotFound = method === 'resources/read' && error!.code === ERROR_CODE.INVALID_PARAMS
    && isObject(error!.data) && typeof error!.data.uri === 'string';
  return isResourceNotFound
    ? setJsonValue(text, ['error', 'code'], String(ERROR_CODE.RESOURCE_NOT_FOUND))
    : text;
}

/**
 * What a server of 2026-07-28 said to `server/discover`, as an InitializeResult.
 *
 * @param requestedRevision what the client asked for; it gets the newest with sessions when that is none of them
 * @param fallbackName name of the server, where it does not say its own
 */
export function initializeResult(discoverResult: object, requestedRevision: unknown, fallbackName: string): object {
  const { capabilities, instructions } = discoverResult as Record<string, unknown>;
  const serverInfo = objectAt(objectAt(discoverResult, '_meta'), META.SERVER_INFO);
  const losses = lossesToLegacy(discoverResult);
  return {
    protocolVersion: SESSION_REVISIONS.find((revision) => revision === requestedRevision) ?? SESSION_REVISIONS[0],
    capabilities: toLegacyServerCapabilities(capabilities),
    serverInfo: isImplementation(serverInfo) ? serverInfo : { name: fallbackName, version: 'unknown' },
    ...(typeof instructions === 'string' && { instructions }),
    ...(losses.length > 0 && { _meta: { [LOSSES_META_KEY]: losses } }),
  };
}

/**
 * A request of before 2026-07-28 as one of that revision, as text.
 *
 * @param text what `message` was parsed from
 */
export function toModernRequest(
  text: string, { method, params = {} }: JsonRpcRequest,
  { clientInfo, clientCapabilities, logLevel }: LegacyRequestMeta,
): string {
  const stripped = ['inputResponses', 'requestState', ...(method === 'tools/call' ? ['task'] : [])]
    .filter((key) => Object.hasOwn(params, key))
    .reduce((json, key) => removeJsonValue(json, ['params', key]), text);
  return [
    [META.PROTOCOL_VERSION, MODERN_REVISION] as const,
    [META.CLIENT_INFO, isImplementation(clientInfo) ? clientInfo : undefined] as const,
    [META.CLIENT_CAPABILITIES, isTooDeep(clientCapabilities) ? {} : clientCapabilities] as const,
    [META.LOG_LEVEL, logLevel] as const,
    [META.RELATED_TASK, undefined] as const,
  ].reduce((json, [key, value]) => {
    const path = ['params', '_meta', key];
    return value === undefined ? removeJsonValue(json, path) : setJsonValue(json, path, JSON.stringify(value));
  }, stripped);
}

function withWrappedSchemas(text: string, result: unknown): string {
  const tools: unknown[] = isObject(result) && Array.isArray(result.tools) ? result.tools : [];
  const needed = tools.map((tool) => isObject(tool) && needsWrapping(tool.outputSchema));
  if (!needed.includes(true)) {
    return text;
  }
  let index = 0;
  return mapJsonElements(text, ['result', 'tools'], (tool) =>
    needed[index++] === true ? changed(tool, ['outputSchema'], wrapOutputSchema) : tool);
}

/**
 * An output that is no object, or of which clients expect that it is inside one. Clients that do not know what to do
 * with it find it as text, which the server should have given as well (SEP-2106).
 */
function withWrappedOutput(text: string, result: unknown, isOutputWrapped: boolean): string {
  if (!isObject(result) || result.structuredContent === undefined) {
    return text;
  }
  const path = ['result', 'structuredContent'];
  if (isObject(result.structuredContent)) {
    return isOutputWrapped ? changed(text, path, wrapOutput) : text;
  }
  const { start, end } = findJsonValue(text, path)!;
  const wrapped = changed(text, path, wrapOutput);
  return hasText(result.content) ? wrapped : withText(wrapped, text.slice(start, end));
}

function hasText(content: unknown): boolean {
  return Array.isArray(content) && content.some((block) => isObject(block) && block.type === 'text');
}

function withText(json: string, output: string): string {
  const content = findJsonValue(json, ['result', 'content']);
  const blocks = content !== undefined && json[content.start] === '['
    ? jsonElements(json, content.start).map(({ start, end }) => json.slice(start, end)) : [];
  const block = JSON.stringify({ type: 'text', text: output });
  return setJsonValue(json, ['result', 'content'], `[${[...blocks, block].join(',')}]`);
}

function changed(json: string, path: readonly string[], change: (value: string) => string): string {
  const value = findJsonValue(json, path)!;
  return setJsonValue(json, path, change(json.slice(value.start, value.end)));
}
