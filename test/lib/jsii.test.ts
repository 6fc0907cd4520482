import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface Documented {
  docs?: { summary?: string; default?: string };
}

interface Property extends Documented {
  name: string;
  optional?: boolean;
  type: { primitive?: string; union?: unknown };
}

interface Type extends Documented {
  fqn: string;
  kind: string;
  datatype?: boolean;
  properties?: Property[];
  methods?: (Documented & { name: string })[];
}

const { types } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', '.jsii'), 'utf8')) as {
  types: Record<string, Type>;
};

test('the public interface can be used from every language: no union, no any', () => {
  const text = JSON.stringify(types);
  expect(text).not.toContain('"union":');
  expect(text).not.toContain('"primitive":"any"');
});

test('everything public is documented, and every optional property says its default', () => {
  const properties = Object.values(types).flatMap(({ fqn, datatype, properties: all = [] }) =>
    all.map((property) => ({
      path: `${fqn}.${property.name}`, isOption: datatype === true && property.optional === true, property,
    })));
  const undocumented = [
    ...Object.values(types).filter(({ docs }) => !docs?.summary).map(({ fqn }) => fqn),
    ...properties.filter(({ property }) => !property.docs?.summary).map(({ path }) => path),
    ...Object.values(types).flatMap(({ fqn, methods = [] }) =>
      methods.filter(({ docs }) => !docs?.summary).map(({ name }) => `${fqn}.${name}`)),
  ];
  expect(undocumented).toEqual([]);
  const withoutDefault = properties.filter(({ isOption, property }) => isOption && !property.docs?.default);
  expect(withoutDefault.map(({ path }) => path)).toEqual([]);
});
