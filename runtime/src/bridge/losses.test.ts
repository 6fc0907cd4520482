import { describe, expect, it } from 'vitest';
import { lossesToLegacy, lossesToModern } from './losses';

describe('lossesToModern', () => {
  it('names nothing where all is carried', () => {
    const capabilities = { tools: {}, logging: {}, resources: { subscribe: true } };
    expect(lossesToModern({ capabilities }, { shared: false, roots: true })).toEqual([]);
  });

  it('names what only the era of the server has', () => {
    expect(lossesToModern({ capabilities: { tasks: { list: {} } } }, { shared: false, roots: true }))
      .toEqual([{ feature: 'tasks', reason: 'other-era' }]);
  });

  it('names what nobody can attribute in a shared process', () => {
    expect(lossesToModern({ capabilities: { logging: {} } }, { shared: true, roots: true })).toEqual(
      ['logging', 'sampling', 'elicitation', 'roots'].map((feature) => ({ feature, reason: 'shared-process' })));
  });

  it('names roots where they are withheld', () => {
    expect(lossesToModern({}, { shared: false, roots: false })).toEqual([{ feature: 'roots', reason: 'withheld' }]);
  });
});

describe('lossesToLegacy', () => {
  it('names each extension', () => {
    expect(lossesToLegacy({ capabilities: { tools: {}, extensions: { 'a/b': {}, 'c/d': {} } } })).toEqual([
      { feature: 'extensions.a/b', reason: 'other-era' }, { feature: 'extensions.c/d', reason: 'other-era' },
    ]);
    expect(lossesToLegacy({ capabilities: { extensions: null } })).toEqual([]);
  });
});
