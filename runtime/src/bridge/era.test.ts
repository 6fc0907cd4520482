import { describe, expect, it } from 'vitest';
import { isModernRequest, serverAnswersModern } from './era';
import { META } from './request-meta';

const request = (version?: unknown) => ({
  jsonrpc: '2.0', id: 1, method: 'tools/list',
  params: { _meta: version === undefined ? {} : { [META.PROTOCOL_VERSION]: version } },
});

describe('isModernRequest', () => {
  it.each(['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', undefined])(
    'is false of a header that names %s', (header) => {
      expect(isModernRequest(header, request())).toBe(false);
      expect(isModernRequest(header, request('2025-11-25'))).toBe(false);
    });

  it('is true of a modern header, whatever the body lacks', () => {
    expect(isModernRequest('2026-07-28', request())).toBe(true);
    expect(isModernRequest('2026-07-28', { jsonrpc: '2.0', id: 1, method: 'initialize' })).toBe(true);
    expect(isModernRequest('2026-07-28', { jsonrpc: '2.0', id: 1, method: 'ping', params: { _meta: null } })).toBe(true);
  });

  it('is true of a modern _meta, whatever the header says', () => {
    expect(isModernRequest(undefined, request('2026-07-28'))).toBe(true);
    expect(isModernRequest('2025-11-25', request('2026-07-28'))).toBe(true);
  });

  it.each(['v999.0.0', '1900-01-01', '2030-01-01', '', '2026-07-28, 2026-07-28'])(
    'is true of the unknown revision %j', (version) => {
      expect(isModernRequest(version, request())).toBe(true);
      expect(isModernRequest(undefined, request(version))).toBe(true);
    });

  it('is true of a _meta that names no text as its revision', () => {
    expect(isModernRequest(undefined, request(null))).toBe(true);
  });

  it.each([[], { params: null }, { params: [] }, { params: { _meta: [] } }, { method: 'x', params: { _meta: 'x' } }])(
    'is false of %j without a header', (message) => {
      expect(isModernRequest(undefined, message)).toBe(false);
    });
});

describe('serverAnswersModern', () => {
  const result = (value: unknown) => ({ jsonrpc: '2.0' as const, id: 1, result: value as Record<string, unknown> });
  const error = (code: number, data?: unknown) =>
    ({ jsonrpc: '2.0' as const, id: 1, error: { code, message: 'no', data } });

  it('is true of a DiscoverResult', () => {
    expect(serverAnswersModern(result({ supportedVersions: ['2025-11-25', '2026-07-28'], capabilities: {} }))).toBe(true);
  });

  it.each([null, {}, [], { supportedVersions: ['2026-07-28'] }, { supportedVersions: '2026-07-28', capabilities: {} },
    { supportedVersions: ['2025-11-25'], capabilities: {} }, { supportedVersions: [], capabilities: {} },
    { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} }])(
    'is false of the result %j', (value) => {
      expect(serverAnswersModern(result(value))).toBe(false);
    });

  it('is true of errors that only the modern protocol has', () => {
    expect(serverAnswersModern(error(-32022, { supported: ['2027-01-01'], requested: '2026-07-28' }))).toBe(true);
    expect(serverAnswersModern(error(-32021, { requiredCapabilities: {} }))).toBe(true);
    expect(serverAnswersModern(error(-32020))).toBe(true);
  });

  it('is false when the server itself offers only revisions with sessions', () => {
    expect(serverAnswersModern(error(-32022, { supported: ['2025-11-25'], requested: '2026-07-28' }))).toBe(false);
    expect(serverAnswersModern(error(-32022))).toBe(false);
  });

  it.each([-32601, -32602, -32600, -32000, -32002, 0])('is false of the error %i', (code) => {
    expect(serverAnswersModern(error(code))).toBe(false);
  });
});
