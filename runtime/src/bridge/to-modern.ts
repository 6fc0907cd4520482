import { mapJsonElements, removeJsonValue, setJsonValue } from '../mcp/json-members';
import { ERROR_CODE, type JsonRpcRequest, type JsonRpcResponse } from '../mcp/json-rpc';
import { ALL_REVISIONS } from '../mcp/versions';
import { toModernServerCapabilities } from './capabilities';
import { isObject, objectAt } from './json-object';
import { lossesToModern, LOSSES_META_KEY, type BridgeToModern } from './losses';
import { isImplementation, META } from './request-meta';

export type CacheScope = 'private' | 'public';

/** How long and for whom clients may keep a result. */
export interface CacheHints {
  readonly ttlMs: number;
  readonly cacheScope: CacheScope;
}

/** What a result of 2026-07-28 says beyond what the server's own result says. */
export interface ResultHints extends CacheHints {
  /** How the server describes itself. */
  readonly serverInfo?: object;
  /** Whether the result may be kept at all: one that needed an answer of the client may not. */
  readonly cacheable: boolean;
}

export interface DiscoverOptions extends CacheHints, BridgeToModern {}

/** Methods whose results say how long they may be kept. */
export const CACHEABLE_METHODS: ReadonlySet<string> = new Set([
  'server/discover', 'tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'resources/read',
]);

/** What an error of before 2026-07-28 becomes, where its code does not mean the same there or nothing. */
const ERROR_CODES: ReadonlyMap<number, number> = new Map([
  [ERROR_CODE.RESOURCE_NOT_FOUND, ERROR_CODE.INVALID_PARAMS],
  [ERROR_CODE.URL_ELICITATION_REQUIRED, ERROR_CODE.INTERNAL_ERROR],
  // A server of before has another meaning for these, if any: the client would take them for the protocol's.
  [ERROR_CODE.HEADER_MISMATCH, ERROR_CODE.INTERNAL_ERROR],
  [ERROR_CODE.MISSING_CLIENT_CAPABILITY, ERROR_CODE.INTERNAL_ERROR],
  [ERROR_CODE.UNSUPPORTED_PROTOCOL_VERSION, ERROR_CODE.INTERNAL_ERROR],
]);

/** Of `_meta`: what says something of a request of 2026-07-28 alone, and what belongs to tasks of before. */
const MODERN_REQUEST_META = [
  META.PROTOCOL_VERSION, META.CLIENT_INFO, META.CLIENT_CAPABILITIES, META.LOG_LEVEL, META.RELATED_TASK,
];

/**
 * The answer of a server of before 2026-07-28 as one of that revision, as text.
 *
 * @param method of the request that it answers
 * @param text what `message` was parsed from
 */
export function toModernResult(method: string, text: string, message: JsonRpcResponse, hints: ResultHints): string {
  let answer = method === 'tools/list' ? withoutExecution(text, message.result) : text;
  answer = withoutTask(answer, message.result);
  answer = setJsonValue(answer, ['result', 'resultType'], '"complete"');
  if (CACHEABLE_METHODS.has(method)) {
    const { ttlMs, cacheScope } = hints.cacheable ? hints : { ttlMs: 0, cacheScope: 'private' };
    answer = setJsonValue(answer, ['result', 'ttlMs'], String(ttlMs));
    answer = setJsonValue(answer, ['result', 'cacheScope'], JSON.stringify(cacheScope));
  }
  return isImplementation(hints.serverInfo)
    ? setJsonValue(answer, ['result', '_meta', META.SERVER_INFO], JSON.stringify(hints.serverInfo))
    : answer;
}

/**
 * The error of a server of before 2026-07-28 as one of that revision, as text.
 *
 * @param uri that the request was about, for an error that does not name it
 */
export function toModernError(method: string, text: string, { error }: JsonRpcResponse, uri?: string): string {
  if (method === 'resources/read' && error!.code === ERROR_CODE.INVALID_PARAMS) {
    // Some servers of before say so, too, and not of what.
    return withUri(text, error!.data, uri);
  }
  const code = ERROR_CODES.get(error!.code);
  if (code === undefined) {
    return text;
  }
  const renumbered = setJsonValue(text, ['error', 'code'], String(code));
  if (error!.code !== ERROR_CODE.RESOURCE_NOT_FOUND) {
    // The data belongs to the code that is gone.
    return removeJsonValue(renumbered, ['error', 'data']);
  }
  return method === 'resources/read' ? withUri(renumbered, error!.data, uri) : renumbered;
}

function withUri(text: string, data: unknown, uri: string | undefined): string {
  const namesUri = isObject(data) && typeof data.uri === 'string';
  return namesUri || uri === undefined ? text : setJsonValue(text, ['error', 'data', 'uri'], JSON.stringify(uri));
}

/** What a server of before 2026-07-28 said to `initialize`, as a DiscoverResult. */
export function discoverResult(initializeResult: object, options: DiscoverOptions): object {
  const { serverInfo, instructions, capabilities } = initializeResult as Record<string, unknown>;
  const losses = lossesToModern(initializeResult, options);
  return {
    resultType: 'complete',
    supportedVersions: ALL_REVISIONS,
    capabilities: toModernServerCapabilities(capabilities, options),
    ...(typeof instructions === 'string' && { instructions }),
    ttlMs: options.ttlMs,
    cacheScope: options.cacheScope,
    _meta: {
      ...(isImplementation(serverInfo) && { [META.SERVER_INFO]: serverInfo }),
      ...(losses.length > 0 && { [LOSSES_META_KEY]: losses }),
    },
  };
}

/**
 * A request of 2026-07-28 as one of before, as text. Progress token, trace context and keys of others stay.
 *
 * @param text what `message` was parsed from
 */
export function toLegacyRequest(text: string, { method, params = {} }: JsonRpcRequest): string {
  const meta = objectAt(params, '_meta');
  const lost = MODERN_REQUEST_META.filter((key) => meta !== undefined && Object.hasOwn(meta, key));
  const paths = meta !== undefined && lost.length === Object.keys(meta).length
    ? [['params', '_meta']]
    : lost.map((key) => ['params', '_meta', key]);
  const members = ['inputResponses', 'requestState', ...(method === 'tools/call' ? ['task'] : [])]
    .filter((key) => Object.hasOwn(params, key)).map((key) => ['params', key]);
  return [...paths, ...members].reduce(removeJsonValue, text);
}

/** HTTP status of a response of 2026-07-28 with an error of this code. */
export function httpStatusOf(code: number): number {
  switch (code) {
    case ERROR_CODE.METHOD_NOT_FOUND:
      return 404;
    case ERROR_CODE.HEADER_MISMATCH:
    case ERROR_CODE.MISSING_CLIENT_CAPABILITY:
    case ERROR_CODE.UNSUPPORTED_PROTOCOL_VERSION:
      return 400;
    default:
      return 200;
  }
}

/** Tools without what they say about tasks: those of the two eras have nothing in common. */
function withoutExecution(text: string, result: unknown): string {
  const tools: unknown[] = isObject(result) && Array.isArray(result.tools) ? result.tools : [];
  if (!tools.some((tool) => isObject(tool) && Object.hasOwn(tool, 'execution'))) {
    return text;
  }
  let index = 0;
  return mapJsonElements(text, ['result', 'tools'], (tool) => {
    const execution = objectAt(tools[index++], 'execution') ?? {};
    const isAll = Object.keys(execution).every((key) => key === 'taskSupport');
    return removeJsonValue(tool, isAll ? ['execution'] : ['execution', 'taskSupport']);
  });
}

/** A result without the name of the task that it comes from. */
function withoutTask(text: string, result: unknown): string {
  const meta = objectAt(result, '_meta');
  return meta !== undefined && Object.hasOwn(meta, META.RELATED_TASK)
    ? removeJsonValue(text, ['result', '_meta', META.RELATED_TASK])
    : text;
}
