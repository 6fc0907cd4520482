import { REVISION_META_KEY } from '../mcp/versions';
import { isObject, isTooDeep, objectAt, type JsonObject } from './json-object';

/** Keys of `_meta` that the protocol reserves. */
export const META = {
  PROTOCOL_VERSION: REVISION_META_KEY,
  CLIENT_INFO: 'io.modelcontextprotocol/clientInfo',
  CLIENT_CAPABILITIES: 'io.modelcontextprotocol/clientCapabilities',
  LOG_LEVEL: 'io.modelcontextprotocol/logLevel',
  SERVER_INFO: 'io.modelcontextprotocol/serverInfo',
  SUBSCRIPTION_ID: 'io.modelcontextprotocol/subscriptionId',
  /** Of 2025-11-25: names the task that a message belongs to. */
  RELATED_TASK: 'io.modelcontextprotocol/related-task',
  PROGRESS_TOKEN: 'progressToken',
} as const;

/** Levels of log messages, from the least severe to the most severe (RFC 5424). */
export const LOG_LEVELS = [
  'debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency',
] as const;

export type LogLevel = typeof LOG_LEVELS[number];

/** What a request of 2026-07-28 says about itself in `params._meta`. */
export interface RequestMeta {
  readonly protocolVersion: string;
  readonly clientCapabilities: JsonObject;
  readonly clientInfo?: JsonObject;
  readonly logLevel?: LogLevel;
}

export function isLogLevel(value: unknown): value is LogLevel {
  return LOG_LEVELS.some((level) => level === value);
}

/** Whether a log message of this level is among those from `minimum` on; one of an unknown level is not. */
export function isAtLeast(level: unknown, minimum: LogLevel): boolean {
  return isLogLevel(level) && LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(minimum);
}

/**
 * Reads the `_meta` of a request of 2026-07-28.
 *
 * @returns a string that says what is wrong when it is no such `_meta`
 */
export function readRequestMeta(params: unknown): RequestMeta | string {
  const meta = objectAt(params, '_meta');
  if (meta === undefined) {
    return 'params._meta is missing or no object';
  }
  const protocolVersion = meta[META.PROTOCOL_VERSION];
  if (typeof protocolVersion !== 'string') {
    return `params._meta needs '${META.PROTOCOL_VERSION}', a string`;
  }
  const clientCapabilities = meta[META.CLIENT_CAPABILITIES];
  if (!areCapabilities(clientCapabilities)) {
    return `params._meta needs '${META.CLIENT_CAPABILITIES}', an object of objects`;
  }
  return optionalFaultOf(meta) ?? {
    protocolVersion, clientCapabilities,
    ...(Object.hasOwn(meta, META.CLIENT_INFO) && { clientInfo: meta[META.CLIENT_INFO] as JsonObject }),
    ...(Object.hasOwn(meta, META.LOG_LEVEL) && { logLevel: meta[META.LOG_LEVEL] as LogLevel }),
  };
}

/** Whether a value has the shape that both eras give to an implementation's description of itself. */
export function isImplementation(value: unknown): value is JsonObject {
  return isObject(value) && typeof value.name === 'string' && typeof value.version === 'string' && !isTooDeep(value);
}

function optionalFaultOf(meta: JsonObject): string | undefined {
  const clientInfo = meta[META.CLIENT_INFO];
  if (clientInfo !== undefined && !isImplementation(clientInfo)) {
    return `params._meta['${META.CLIENT_INFO}'] needs a name and a version, both strings`;
  }
  const logLevel = meta[META.LOG_LEVEL];
  if (logLevel !== undefined && !isLogLevel(logLevel)) {
    return `params._meta['${META.LOG_LEVEL}'] is none of ${LOG_LEVELS.join(', ')}`;
  }
  const progressToken = meta[META.PROGRESS_TOKEN];
  return progressToken === undefined || typeof progressToken === 'string' || typeof progressToken === 'number'
    ? undefined
    : 'params._meta.progressToken is neither a string nor a number';
}

function areCapabilities(value: unknown): value is JsonObject {
  return isObject(value) && Object.values(value).every(isObject) && !isTooDeep(value);
}
