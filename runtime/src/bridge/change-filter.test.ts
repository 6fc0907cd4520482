import { describe, expect, it } from 'vitest';
import { honoured, listsThatChange, matches } from './change-filter';

const ALL = {
  tools: { listChanged: true }, prompts: { listChanged: true }, resources: { listChanged: true, subscribe: true },
};

describe('listsThatChange', () => {
  it('names the lists whose changes the server tells', () => {
    expect(listsThatChange(ALL))
      .toEqual({ toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true });
    expect(listsThatChange({ tools: { listChanged: false }, prompts: {}, resources: { subscribe: true } })).toEqual({});
  });
});

describe('honoured', () => {
  it('is what is asked for and can be told', () => {
    const requested = {
      toolsListChanged: true, promptsListChanged: false, other: true, resourceSubscriptions: ['u:1', 'u:1', 5],
    };
    expect(honoured(requested, ALL)).toEqual({ toolsListChanged: true, resourceSubscriptions: ['u:1'] });
    expect(honoured(requested, {})).toEqual({});
  });

  it.each([undefined, null, 5, 'x', [], { resourceSubscriptions: 'u:1' }])('is nothing for %j', (requested) => {
    expect(honoured(requested, ALL)).toEqual({});
  });
});

describe('matches', () => {
  const filter = { toolsListChanged: true, resourceSubscriptions: ['file:///a', 'file:///dir/'] };

  it.each([
    ['notifications/tools/list_changed', undefined, true],
    ['notifications/prompts/list_changed', undefined, false],
    ['notifications/resources/updated', 'file:///a', true],
    ['notifications/resources/updated', 'file:///a/part', true],
    ['notifications/resources/updated', 'file:///a#part', true],
    ['notifications/resources/updated', 'file:///ab', false],
    ['notifications/resources/updated', 'file:///', false],
    ['notifications/resources/updated', 'file:///dir/x', true],
    ['notifications/resources/updated', 'file:///dir', false],
    ['notifications/resources/updated', 5, false],
    ['notifications/message', undefined, false],
  ])('says of %s %s: %j', (method, uri, isWanted) => {
    expect(matches(filter, method, { uri })).toBe(isWanted);
  });
});
