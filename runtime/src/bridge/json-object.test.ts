import { describe, expect, it } from 'vitest';
import { isTooDeep, objectAt } from './json-object';

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

describe('isTooDeep', () => {
  it('lets values of any width and usual depth pass', () => {
    expect(isTooDeep(Array.from({ length: 10_000 }, () => ({ a: [1, null, 'x'] })))).toBe(false);
    expect(isTooDeep(nested(60))).toBe(false);
    expect(isTooDeep(undefined)).toBe(false);
  });

  it('finds what JSON.stringify could not write', () => {
    const deepest = nested(200_000);
    expect(() => JSON.stringify(deepest)).toThrow(RangeError);
    expect(isTooDeep(deepest)).toBe(true);
    expect(isTooDeep({ a: [{ b: nested(70) }] })).toBe(true);
  });
});

describe('objectAt', () => {
  it('knows own members only', () => {
    expect(objectAt({}, '__proto__')).toBeUndefined();
    expect(objectAt(JSON.parse('{"__proto__":{"a":1}}'), '__proto__')).toEqual({ a: 1 });
  });

  it('gives objects only', () => {
    expect(objectAt({ a: [] }, 'a')).toBeUndefined();
    expect(objectAt(null, 'a')).toBeUndefined();
    expect(objectAt([{}], '0')).toBeUndefined();
  });
});
