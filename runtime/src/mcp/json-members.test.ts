import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findJsonValue, jsonMembers, mapJsonElements, removeJsonValue, replaceJsonValue, setJsonValue,
} from './json-members';

const anyObject = fc.dictionary(fc.string(), fc.jsonValue());

describe('jsonMembers', () => {
  it('finds every member of any object, however it is spaced', () => {
    fc.assert(fc.property(anyObject, fc.constantFrom(undefined, 1, '\t', '\r\n'), (object, space) => {
      const json = JSON.stringify(object, undefined, space);
      const found = jsonMembers(json).map(({ key, start, end }): [string, unknown] =>
        [key, JSON.parse(json.slice(start, end))]);
      expect(found).toEqual(Object.entries(JSON.parse(json) as object));
    }));
  });

  it('gives repeated keys, and decodes escaped ones', () => {
    expect(jsonMembers('{"name":1,"n\\u0061me":2}').map(({ key }) => key)).toEqual(['name', 'name']);
  });

  it('is not misled by brackets and quotes in strings', () => {
    const json = String.raw`{"a":"}\"]\\","b":[{"c":"]"}]}`;
    expect(jsonMembers(json).map(({ start, end }) => json.slice(start, end)))
      .toEqual([String.raw`"}\"]\\"`, '[{"c":"]"}]']);
  });
});

describe('replaceJsonValue', () => {
  it('replaces a nested value and leaves every other byte', () => {
    const json = '{ "id": 12345678901234567890, "params": {"name" : "files__read", "arguments":{"name":1.0}} }';
    expect(replaceJsonValue(json, ['params', 'name'], '"read"'))
      .toBe('{ "id": 12345678901234567890, "params": {"name" : "read", "arguments":{"name":1.0}} }');
  });

  it('equals a replacement in the parsed object', () => {
    fc.assert(fc.property(anyObject, fc.string(), fc.jsonValue(), (object, key, value) => {
      const json = JSON.stringify({ ...object, [key]: null });
      const parsed = JSON.parse(json) as object;
      expect(JSON.parse(replaceJsonValue(json, [key], JSON.stringify(value))))
        .toEqual(JSON.parse(JSON.stringify(Object.fromEntries(
          Object.entries(parsed).map(([k, v]) => [k, k === key ? value : v as unknown])))));
    }));
  });

  it('leaves a text without such a member alone', () => {
    expect(replaceJsonValue('{"params":{}}', ['params', 'name'], '1')).toBe('{"params":{}}');
  });
});

/** JSON texts of objects with odd spacing, escaped keys and now and then a repeated key. */
const anyText = fc.letrec<{ value: string; object: string }>((tie) => {
  const space = fc.constantFrom('', '', ' ', '\n', '\t \r\n');
  const key = fc.oneof(fc.constantFrom('"a"', '"b"', '"\\u0061"', '"__proto__"', '""', '"}"', String.raw`"\\\"{"`),
    fc.string().map((text) => JSON.stringify(text)));
  const member = fc.tuple(space, key, space, space, tie('value'), space)
    .map(([before, name, afterKey, beforeValue, value, after]) =>
      `${before}${name}${afterKey}:${beforeValue}${value}${after}`);
  const object = fc.tuple(space, fc.array(member, { maxLength: 4 }))
    .map(([inside, members]) => members.length === 0 ? `{${inside}}` : `{${members.join(',')}}`);
  const element = fc.tuple(space, tie('value'), space).map((parts) => parts.join(''));
  return {
    value: fc.oneof({ maxDepth: 3, withCrossShrink: true },
      fc.oneof(fc.constantFrom('null', 'true', '-1.50e+3', '12345678901234567890'),
        fc.string().map((text) => JSON.stringify(text))),
      fc.array(element, { maxLength: 3 }).map((elements) => `[${elements.join(',')}]`),
      tie('object')),
    object,
  };
});
const anyPath = fc.array(fc.constantFrom('a', 'b', '__proto__', ''), { minLength: 1, maxLength: 4 });

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function withMember(object: Json, key: string, value: unknown): Json {
  return Object.fromEntries([...Object.entries(object).filter(([name]) => name !== key), [key, value]]);
}

function setIn(value: unknown, [key, ...deeper]: readonly string[], inserted: unknown): unknown {
  if (key === undefined) {
    return inserted;
  }
  const object = isObject(value) ? value : {};
  return withMember(object, key, setIn(Object.hasOwn(object, key) ? object[key] : undefined, deeper, inserted));
}

function removeIn(value: unknown, [key, ...deeper]: readonly string[]): unknown {
  if (!isObject(value) || !Object.hasOwn(value, key!)) {
    return value;
  }
  return deeper.length > 0
    ? withMember(value, key!, removeIn(value[key!], deeper))
    : Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

describe('setJsonValue', () => {
  it('says what the parsed object with the value set says', () => {
    fc.assert(fc.property(anyText.object, anyPath, fc.jsonValue(), (json, path, value) => {
      const text = JSON.stringify(value);
      expect(JSON.parse(setJsonValue(json, path, text))).toEqual(setIn(JSON.parse(json), path, JSON.parse(text)));
    }), { numRuns: 500 });
  });

  it('replaces the last of repeated keys', () => {
    expect(setJsonValue('{"a":1, "a" : 2}', ['a'], '3')).toBe('{"a":1, "a" : 3}');
  });

  it('puts a missing member last and leaves every other byte', () => {
    expect(setJsonValue('{ "n": 12345678901234567890 , "o" : {\n} }', ['o', 'x', 'y'], '1'))
      .toBe('{ "n": 12345678901234567890 , "o" : {"x":{"y":1}\n} }');
    expect(setJsonValue('{"a":1 }', ['b'], '2')).toBe('{"a":1,"b":2 }');
  });

  it('puts an object where something else stands in its way', () => {
    expect(setJsonValue('{"a":[1],"b":2}', ['a', 'c'], '3')).toBe('{"a":{"c":3},"b":2}');
    expect(setJsonValue(' null', ['a'], '3')).toBe(' {"a":3}');
  });
});

describe('removeJsonValue', () => {
  it('says what the parsed object without the member says', () => {
    fc.assert(fc.property(anyText.object, anyPath, (json, path) => {
      expect(JSON.parse(removeJsonValue(json, path))).toEqual(removeIn(JSON.parse(json), path));
    }), { numRuns: 500 });
  });

  it('removes every repetition, in every repetition of what is around it', () => {
    expect(removeJsonValue('{"o":{"a":1},"o":{"b":2, "a":3,"a":4 ,"c":5}}', ['o', 'a']))
      .toBe('{"o":{},"o":{"b":2, "c":5}}');
  });

  it('leaves every other byte, and a text without the member alone', () => {
    expect(removeJsonValue('{ "a":1 ,\t"b": 2.0,\n"c":3 }', ['b'])).toBe('{ "a":1 ,\t"c":3 }');
    expect(removeJsonValue('{ "a":1 ,\t"b": 2.0 }', ['b'])).toBe('{ "a":1 }');
    expect(removeJsonValue('{"a" : [ ]}', ['a', 'b'])).toBe('{"a" : [ ]}');
    expect(removeJsonValue('5', ['a'])).toBe('5');
  });
});

describe('mapJsonElements', () => {
  it('changes each element by its text and leaves what is between', () => {
    expect(mapJsonElements('{"x":{"a":[ 1.0 ,"]",{"b":[2]}]}}', ['x', 'a'], (element) => `<${element}>`))
      .toBe('{"x":{"a":[ <1.0> ,<"]">,<{"b":[2]}>]}}');
  });

  it('leaves a text without such an array alone', () => {
    expect(mapJsonElements('{"a":{"b":1}}', ['a'], () => 'x')).toBe('{"a":{"b":1}}');
    expect(mapJsonElements('{"a":[]}', ['a'], () => 'x')).toBe('{"a":[]}');
  });

  it('finds every element of any array', () => {
    fc.assert(fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (array, space) => {
      const found: unknown[] = [];
      mapJsonElements(JSON.stringify({ array }, undefined, space), ['array'], (element) => {
        found.push(JSON.parse(element));
        return element;
      });
      expect(found).toEqual(JSON.parse(JSON.stringify(array)));
    }));
  });
});

describe('a text nested very deeply', () => {
  const depth = 200_000;
  const deep = `{"a":${'['.repeat(depth)}${']'.repeat(depth)},"b":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;

  it('is edited like any other', () => {
    expect(findJsonValue(removeJsonValue(setJsonValue(deep, ['c'], '1'), ['b']), ['c'])).toBeDefined();
  });
});
