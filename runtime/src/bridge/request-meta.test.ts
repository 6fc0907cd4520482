import { describe, expect, it } from 'vitest';
import { isAtLeast, LOG_LEVELS, META, readRequestMeta } from './request-meta';

const complete = {
  [META.PROTOCOL_VERSION]: '2026-07-28',
  [META.CLIENT_CAPABILITIES]: { sampling: {} },
  [META.CLIENT_INFO]: { name: 'tester', version: '1' },
  [META.LOG_LEVEL]: 'warning',
};

const read = (changes: Record<string, unknown>) => readRequestMeta({ _meta: { ...complete, ...changes } });

describe('readRequestMeta', () => {
  it('reads all that a request may say', () => {
    expect(readRequestMeta({ _meta: complete })).toEqual({
      protocolVersion: '2026-07-28', clientCapabilities: { sampling: {} },
      clientInfo: { name: 'tester', version: '1' }, logLevel: 'warning',
    });
  });

  it('does without what is optional', () => {
    const { [META.PROTOCOL_VERSION]: version, [META.CLIENT_CAPABILITIES]: capabilities } = complete;
    expect(readRequestMeta({ _meta: { [META.PROTOCOL_VERSION]: version, [META.CLIENT_CAPABILITIES]: capabilities } }))
      .toEqual({ protocolVersion: '2026-07-28', clientCapabilities: { sampling: {} } });
  });

  it.each([undefined, null, [], {}, { _meta: null }, { _meta: [] }, { _meta: 'x' }])(
    'refuses params without an object in _meta: %j', (params) => {
      expect(readRequestMeta(params)).toMatch(/_meta is missing/);
    });

  it.each([
    [META.PROTOCOL_VERSION, undefined], [META.PROTOCOL_VERSION, 20260728],
    [META.CLIENT_CAPABILITIES, undefined], [META.CLIENT_CAPABILITIES, null], [META.CLIENT_CAPABILITIES, []],
    [META.CLIENT_CAPABILITIES, { sampling: true }], [META.CLIENT_CAPABILITIES, { roots: null }],
    [META.CLIENT_INFO, null], [META.CLIENT_INFO, { name: 'nameless version' }], [META.CLIENT_INFO, 'x'],
    [META.LOG_LEVEL, 'loud'], [META.LOG_LEVEL, 4], [META.LOG_LEVEL, null],
    ['progressToken', {}], ['progressToken', null],
  ])('names %s when it is %j', (key, value) => {
    expect(read({ [key]: value })).toContain(key);
  });

  it('refuses what is nested without end', () => {
    const endless: unknown = JSON.parse('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000));
    expect(read({ [META.CLIENT_CAPABILITIES]: { experimental: endless } })).toContain(META.CLIENT_CAPABILITIES);
    expect(read({ [META.CLIENT_INFO]: { name: 'a', version: '1', icons: endless } })).toContain(META.CLIENT_INFO);
  });
});

describe('isAtLeast', () => {
  it('orders the levels by severity', () => {
    expect(LOG_LEVELS.filter((level) => isAtLeast(level, 'error')))
      .toEqual(['error', 'critical', 'alert', 'emergency']);
  });

  it.each(['loud', undefined, 5, null])('is never true of the level %j', (level) => {
    expect(isAtLeast(level, 'debug')).toBe(false);
  });
});
