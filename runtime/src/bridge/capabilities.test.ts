import { describe, expect, it } from 'vitest';
import {
  declares, requiredCapability, stripRoots, toLegacyClientCapabilities, toLegacyServerCapabilities,
  toModernClientCapabilities, toModernServerCapabilities,
} from './capabilities';

const endless: unknown = JSON.parse('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000));

describe.each([
  ['to a server of before', toLegacyClientCapabilities], ['to a modern server', toModernClientCapabilities],
])('the capabilities of a client %s', (_name, translate) => {
  const declared = {
    sampling: { tools: {} }, elicitation: { form: {}, url: {} }, experimental: { x: {} }, vendor: {},
    roots: { listChanged: true }, tasks: { list: {} }, extensions: { 'io.modelcontextprotocol/tasks': {} },
  };

  it('keep what both eras know, and roots only if that is allowed', () => {
    const { roots, tasks, extensions, ...kept } = declared;
    expect([roots, tasks, extensions]).not.toContain(undefined);
    expect(translate(declared, { roots: false })).toEqual(kept);
    expect(translate(declared, { roots: true })).toEqual({ ...kept, roots: {} });
    expect(translate(kept, { roots: true })).toEqual(kept);
  });

  it.each([undefined, null, [], 'x'])('are none when they are %j', (capabilities) => {
    expect(translate(capabilities, { roots: true })).toEqual({});
  });

  it('leave what is no capability', () => {
    const declared = { sampling: true, elicitation: null, roots: [], experimental: endless };
    expect(translate(declared, { roots: true })).toEqual({});
  });
});

describe('the capabilities of a server', () => {
  const declared = { tools: { listChanged: true }, logging: {}, tasks: {}, extensions: { 'a/b': {} }, completions: {} };

  it('lose tasks and extensions in either direction', () => {
    const kept = { tools: { listChanged: true }, logging: {}, completions: {} };
    expect(toModernServerCapabilities(declared, { shared: false })).toEqual(kept);
    expect(toLegacyServerCapabilities(declared)).toEqual(kept);
  });

  it('lose logging when callers share the process', () => {
    expect(toModernServerCapabilities(declared, { shared: true }))
      .toEqual({ tools: { listChanged: true }, completions: {} });
  });

  it.each([undefined, null, [], 5])('are none when they are %j', (capabilities) => {
    expect(toModernServerCapabilities(capabilities, { shared: false })).toEqual({});
    expect(toLegacyServerCapabilities(capabilities)).toEqual({});
  });
});

describe('stripRoots', () => {
  it('takes roots and nothing else', () => {
    expect(stripRoots({ roots: {}, sampling: {} })).toEqual({ sampling: {} });
  });
});

describe('what a question requires', () => {
  const required = (method: string, params?: unknown) => requiredCapability(method, params)!;

  it.each([
    ['sampling/createMessage', {}, { sampling: {} }, { elicitation: {} }],
    ['sampling/createMessage', { includeContext: 'thisServer' }, { sampling: {} }, {}],
    ['sampling/createMessage', { tools: [] }, { sampling: { tools: {} } }, { sampling: {} }],
    ['sampling/createMessage', { toolChoice: {} }, { sampling: { tools: {} } }, { sampling: { context: {} } }],
    ['elicitation/create', {}, { elicitation: {} }, { elicitation: { url: {} } }],
    ['elicitation/create', { mode: 'form' }, { elicitation: { form: {} } }, {}],
    ['elicitation/create', { mode: 'url' }, { elicitation: { url: {} } }, { elicitation: {} }],
    ['elicitation/create', undefined, { elicitation: { form: {}, url: {} } }, { elicitation: null }],
    ['roots/list', undefined, { roots: {} }, { roots: true }],
  ])('of %s with %j is declared by %j and not by %j', (method, params, enough, tooLittle) => {
    expect(declares(enough, required(method, params))).toBe(true);
    expect(declares(tooLittle, required(method, params))).toBe(false);
  });

  it('is nothing for what is no question', () => {
    expect(requiredCapability('ping', {})).toBeUndefined();
    expect(requiredCapability('__proto__', {})).toBeUndefined();
  });

  it('includes extensions by name', () => {
    const tasks = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
    expect(declares(tasks, tasks)).toBe(true);
    expect(declares({ extensions: {} }, tasks)).toBe(false);
  });
});
