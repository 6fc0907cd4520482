import { isObject } from '../mcp/json-rpc';

export { isObject };

export type JsonObject = Record<string, unknown>;

/** Deeper than anything meant well, and far from where JSON.stringify runs out of stack. */
const MAX_DEPTH = 64;

/** Whether a parsed value is nested so deeply that it must not be written again. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) {
    level = level.flatMap((each) => typeof each === 'object' && each !== null ? Object.values(each) as unknown[] : []);
  }
  return level.length > 0;
}

/** The object without some of its members. */
export function without(object: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** The member of that name if it is an object. */
export function objectAt(object: unknown, key: string): JsonObject | undefined {
  const value = isObject(object) && Object.hasOwn(object, key) ? object[key] : undefined;
  return isObject(value) ? value : undefined;
}
