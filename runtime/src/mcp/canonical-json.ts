import { isObject } from './json-rpc';

/**
 * JSON whose text does not depend on the order in which members were written.
 *
 * @throws RangeError when the value is nested too deeply.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => isObject(inner) ? sorted(inner) : inner);
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : Number(a > b)));
}
