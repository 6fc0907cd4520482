import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonMembers, replaceJsonValue } from './json-members';

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
