import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { needsWrapping, wrapOutput, wrapOutputSchema, wrappedTools } from './output-schema';

const wrapped = (schema: object, space?: number) =>
  JSON.parse(wrapOutputSchema(JSON.stringify(schema, undefined, space))) as Record<string, unknown>;

const inside = (schema: object) => (wrapped(schema).properties as { result: unknown }).result;

describe('needsWrapping', () => {
  it('is false of schemas of objects only', () => {
    expect(needsWrapping({ type: 'object', anyOf: [{}] })).toBe(false);
    expect([undefined, null, true, [], 'x'].some(needsWrapping)).toBe(false);
  });

  it('is true of every other schema', () => {
    expect([{ type: 'array' }, { type: ['object', 'null'] }, { anyOf: [] }, {}, { $ref: '#/$defs/a' }].every(needsWrapping))
      .toBe(true);
  });
});

describe('wrappedTools', () => {
  it('names the tools whose output is wrapped', () => {
    expect(wrappedTools({ tools: [
      { name: 'list', outputSchema: { type: 'array' } }, { name: 'object', outputSchema: { type: 'object' } },
      { name: 'none' }, { outputSchema: {} }, null, { name: 5, outputSchema: {} },
    ] })).toEqual(['list']);
  });

  it.each([undefined, null, [], {}, { tools: {} }])('names none of %j', (result) => {
    expect(wrappedTools(result)).toEqual([]);
  });
});

describe('wrapOutputSchema', () => {
  it('makes an object of it and leaves every byte inside', () => {
    expect(wrapOutputSchema('{ "type":"array", "maxItems": 1.0 }')).toBe(
      '{"type":"object","properties":{"result":{ "type":"array", "maxItems": 1.0 }},"required":["result"]}');
  });

  it('declares the dialect at the root as well', () => {
    const $schema = 'http://json-schema.org/draft-07/schema#';
    expect(wrapped({ $schema, type: 'string' })).toMatchObject({ $schema, type: 'object' });
  });

  it('moves pointers along, and no other reference', () => {
    expect(inside({ anyOf: [
      { $ref: '#' }, { $ref: '#/$defs/a' }, { $dynamicRef: '#/$defs/a' }, { $ref: '#anchor' }, { $ref: 'https://a.test/#/b' },
    ] })).toEqual({ anyOf: [
      { $ref: '#/properties/result' }, { $ref: '#/properties/result/$defs/a' },
      { $dynamicRef: '#/properties/result/$defs/a' }, { $ref: '#anchor' }, { $ref: 'https://a.test/#/b' },
    ] });
  });

  it('tells keywords from names and data that look like them', () => {
    const schema = {
      properties: { $ref: { const: { $ref: '#/data' } }, $id: { $ref: '#/a' }, enum: { $ref: '#/b' } },
      default: { $ref: '#' }, enum: [{ $ref: '#' }], examples: ['#/x', { properties: { p: { $ref: '#' } } }],
    };
    expect(inside(schema)).toEqual({
      ...schema,
      properties: {
        $ref: { const: { $ref: '#/data' } }, $id: { $ref: '#/properties/result/a' },
        enum: { $ref: '#/properties/result/b' },
      },
    });
  });

  it('leaves pointers that start from another document', () => {
    const schema = { $defs: { a: { $ref: '#/x', $id: 'https://a.test/a', items: { $ref: '#' } }, b: { $id: '#b', $ref: '#' } } };
    expect(inside(schema)).toEqual({ $defs: { a: schema.$defs.a, b: { $id: '#b', $ref: '#/properties/result' } } });
    const whole = { anyOf: [{ $ref: '#' }], $id: 'https://a.test/whole' };
    expect(inside(whole)).toEqual(whole);
  });

  it('accepts wrapped what the schema accepts', () => {
    const schemas = [
      { type: 'array', items: { $ref: '#/$defs/n' }, $defs: { n: { type: 'integer' } } },
      { anyOf: [{ type: 'null' }, { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] }] },
      { type: 'array', items: { $ref: '#' } },
      { type: ['string', 'null'], enum: ['#', null, '#/x'] },
    ];
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom<unknown>([1, 2], [[], [[]]], { next: null }, '#'));
    fc.assert(fc.property(fc.constantFrom(...schemas), value, (schema, output) => {
      const ajv = new Ajv2020({ strict: false });
      const accepts = (candidate: AnySchema, data: unknown) => ajv.compile(candidate)(data);
      expect(accepts(wrapped(schema), JSON.parse(wrapOutput(JSON.stringify(output))))).toBe(accepts(schema, output));
    }), { numRuns: 60 });
  });

  it('is not hurt by a schema nested without end or with a very long text', () => {
    const depth = 200_000;
    const deep = `{"items":${'['.repeat(depth)}{"$ref":"#"}${']'.repeat(depth)},"title":"${'\\"['.repeat(500_000)}"}`;
    expect(wrapOutputSchema(deep)).toContain('{"$ref":"#/properties/result"}');
  });

  it('makes JSON of any JSON', () => {
    fc.assert(fc.property(fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$ref', '$id', 'properties', '__proto__')),
      fc.oneof(fc.jsonValue(), fc.constantFrom('#', '#/a'))), fc.constantFrom(undefined, 2), (schema, space) => {
      expect(wrapped(schema, space)).toMatchObject({ type: 'object', required: ['result'] });
    }));
  });
});
