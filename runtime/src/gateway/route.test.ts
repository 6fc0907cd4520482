import { describe, expect, it } from 'vitest';
import { routeOf } from './route';

describe('routeOf', () => {
  it.each([
    ['/mcp', { kind: 'fleet' }],
    ['/discover', { kind: 'discover' }],
    ['/servers/files/mcp', { kind: 'server', server: 'files' }],
    ['/.well-known/oauth-protected-resource', { kind: 'metadata', describes: '/mcp' }],
    ['/.well-known/oauth-protected-resource/mcp', { kind: 'metadata', describes: '/mcp' }],
    ['/.well-known/oauth-protected-resource/servers/files/mcp', { kind: 'metadata', describes: '/servers/files/mcp' }],
    ['/.well-known/oauth-protected-resource/discover', { kind: 'metadata', describes: '/discover' }],
  ])('knows %s', (path, route) => {
    expect(routeOf(path)).toEqual(route);
  });

  it.each([
    '/', '/mcp/', '/MCP', '/servers', '/servers/files', '/servers/files/mcp/', '/servers//mcp', '/servers/a/b/mcp',
    '/servers/%66iles/mcp', '/servers/../mcp', `/servers/${'x'.repeat(64)}/mcp`, '/metrics', '/health',
    '/.well-known/oauth-protected-resource/', '/.well-known/oauth-protected-resource/other',
    '/.well-known/oauth-protected-resource/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resourcemcp',
  ])('does not know %s', (path) => {
    expect(routeOf(path)).toBeUndefined();
  });
});
