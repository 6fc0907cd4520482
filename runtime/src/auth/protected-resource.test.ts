import { describe, expect, it } from 'vitest';
import { metadataUrl, protectedResourceMetadata } from './protected-resource';

describe('protected resource metadata', () => {
  it('names the resource and its issuers', () => {
    expect(protectedResourceMetadata({
      resource: 'https://mcp.example.com/mcp', issuers: ['https://auth.example.com'], scopes: ['mcp'],
    })).toEqual({
      resource: 'https://mcp.example.com/mcp',
      authorization_servers: ['https://auth.example.com'],
      scopes_supported: ['mcp'],
      bearer_methods_supported: ['header'],
    });
  });

  it('advertises no scopes when none is required', () => {
    expect(protectedResourceMetadata({ resource: 'https://mcp.example.com/mcp', issuers: [], scopes: [] }))
      .not.toHaveProperty('scopes_supported');
  });

  it('stands under the well-known path, before the path of the route', () => {
    expect(metadataUrl('https://mcp.example.com', '/servers/files/mcp'))
      .toBe('https://mcp.example.com/.well-known/oauth-protected-resource/servers/files/mcp');
  });
});
