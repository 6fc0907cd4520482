import { describe, expect, it } from 'vitest';
import { checkParameterHeaders, mintParameterHeaders, parameterHeaders, type ParameterHeader } from './parameter-headers';

const inputSchema = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    limits: { type: 'object', properties: { rows: { type: 'integer', 'x-mcp-header': 'Max-Rows' } } },
    isDry: { type: 'boolean', 'x-mcp-header': 'Dry' },
    query: { type: 'string', default: { 'x-mcp-header': 'data' } },
    'x-mcp-header': { type: 'string' },
  },
};

const known = parameterHeaders(inputSchema) as ParameterHeader[];

const annotated = (schema: object) => ({ type: 'object', properties: { p: schema } });

describe('parameterHeaders', () => {
  it('finds the marked parameters at any depth, in order', () => {
    expect(known).toEqual([
      { header: 'mcp-param-region', path: ['region'], type: 'string' },
      { header: 'mcp-param-max-rows', path: ['limits', 'rows'], type: 'integer' },
      { header: 'mcp-param-dry', path: ['isDry'], type: 'boolean' },
    ]);
  });

  it.each([undefined, null, 'x', [], {}, true, { type: 'object' }, { properties: null }, { properties: [] }])(
    'finds none in %j', (schema) => {
      expect(parameterHeaders(schema)).toEqual([]);
    });

  it.each(['', 'a b', 'a:b', 'a\r\nb', 'é', 5, null])('refuses the name %j', (name) => {
    expect(parameterHeaders(annotated({ type: 'string', 'x-mcp-header': name }))).toMatch(/no name of a header/);
  });

  it.each(['number', 'object', 'array', 'null', undefined, ['string', 'null']])('refuses the type %j', (type) => {
    expect(parameterHeaders(annotated({ type, 'x-mcp-header': 'X' }))).toMatch(/needs a parameter of type/);
  });

  it('refuses two names that differ in letter case only', () => {
    expect(parameterHeaders({ properties: {
      a: { type: 'string', 'x-mcp-header': 'Same' }, b: { type: 'string', 'x-mcp-header': 'same' },
    } })).toMatch(/mcp-param-same/);
  });

  const mark = { type: 'string', 'x-mcp-header': 'X' };

  it.each([
    mark,
    { items: mark }, { anyOf: [mark] }, { not: mark }, { if: mark }, { $defs: { d: mark } },
    { definitions: { d: mark } },
    { patternProperties: { '.*': mark } }, { additionalProperties: mark }, { dependentSchemas: { a: mark } },
    { allOf: [{ properties: { p: mark } }] },
    { properties: { list: { type: 'array', items: { properties: { p: mark } } } } },
  ])('refuses a mark that not only properties lead to: %j', (schema) => {
    expect(parameterHeaders({ type: 'object', ...schema })).toMatch(/stands where/);
  });

  it('finds its way through a schema nested without end', () => {
    const depth = 50_000;
    const text = `${'{"properties":{"p":'.repeat(depth)}${JSON.stringify(mark)}${'}}'.repeat(depth)}`;
    expect(parameterHeaders(JSON.parse(text))).toMatch(/stands where/);
  });

  it('finds its way through a schema of very many parts', () => {
    const properties = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`p${index}`, true]));
    expect(parameterHeaders({ properties })).toEqual([]);
  });
});

describe('checkParameterHeaders', () => {
  const args = { region: 'us-west1', limits: { rows: 42 }, isDry: false };
  const headers = { 'mcp-param-region': 'us-west1', 'mcp-param-max-rows': '42', 'mcp-param-dry': 'false' };

  it('accepts headers that say what the arguments say', () => {
    expect(checkParameterHeaders(headers, known, args)).toBeUndefined();
    expect(checkParameterHeaders({ ...headers, 'mcp-param-region': '=?base64?dXMtd2VzdDE=?=' }, known, args))
      .toBeUndefined();
    expect(checkParameterHeaders({ ...headers, 'mcp-param-unknown': '\u0000' }, known, args)).toBeUndefined();
  });

  it('compares numbers as numbers', () => {
    const says = (text: string, rows: number) =>
      checkParameterHeaders({ ...headers, 'mcp-param-max-rows': text }, known, { ...args, limits: { rows } });
    expect(says('42.0', 42)).toBeUndefined();
    expect(says('-7', -7)).toBeUndefined();
    expect(says('0', -0)).toBeUndefined();
    for (const text of ['43', '', '0x2a', '4.2e1', '42 0', 'NaN', '=?base64??=']) {
      expect(says(text, 42)).toContain('does not match');
    }
    expect(says('9007199254740992', 2 ** 53)).toContain('does not match');
  });

  it.each(Object.keys(headers))('refuses a call without %s', (header) => {
    expect(checkParameterHeaders({ ...headers, [header]: undefined }, known, args)).toContain(`${header} is missing`);
  });

  it.each([
    ['another value', 'eu'], ['another letter case', 'US-WEST1'], ['a repeated header', ['us-west1', 'us-west1']],
    ['bad Base64', '=?base64?dXM!?='], ['invalid characters', 'us\u00e9'],
  ])('refuses %s', (_name, value) => {
    expect(checkParameterHeaders({ ...headers, 'mcp-param-region': value }, known, args)).toContain('mcp-param-region');
  });

  it.each([null, undefined])('wants no header of a parameter that is %j, and refuses one', (region) => {
    const { 'mcp-param-region': own, ...rest } = headers;
    expect(checkParameterHeaders(rest, known, { ...args, region })).toBeUndefined();
    expect(checkParameterHeaders({ ...rest, 'mcp-param-region': own }, known, { ...args, region }))
      .toContain('mcp-param-region');
  });

  it.each([undefined, null, [], 'x', { limits: null }, { limits: [] }])('wants none for the arguments %j', (none) => {
    expect(checkParameterHeaders({}, known, none)).toBeUndefined();
  });

  it('refuses a value that no header can say', () => {
    expect(checkParameterHeaders(headers, known, { ...args, region: { a: 1 } })).toContain('mcp-param-region');
  });

  it('does not take what is inherited for an argument', () => {
    const [parameter] = parameterHeaders(annotated({ type: 'string', 'x-mcp-header': 'X' })) as ParameterHeader[];
    expect(checkParameterHeaders({}, [{ ...parameter!, path: ['__proto__'] }], {})).toBeUndefined();
  });
});

describe('mintParameterHeaders', () => {
  it('makes headers that the check accepts', () => {
    const args = { region: ' 世界 ', limits: { rows: -7 }, isDry: true };
    const minted = mintParameterHeaders(known, args);
    expect(minted).toEqual({
      'mcp-param-region': '=?base64?IOS4lueVjCA=?=', 'mcp-param-max-rows': '-7', 'mcp-param-dry': 'true',
    });
    expect(checkParameterHeaders(minted, known, args)).toBeUndefined();
  });

  it('makes none of what is missing, null or no plain value', () => {
    expect(mintParameterHeaders(known, { region: null, limits: { rows: 1e21 }, isDry: [] })).toEqual({});
    expect(mintParameterHeaders(known, undefined)).toEqual({});
  });
});
