import { describe, expect, it } from 'vitest';
import { issuersFromEnvironment, registryUrlFromEnvironment } from './environment';
import { UsageError } from './usage-error';

const fromFile = {
  issuers: [
    { issuer: 'https://a.example.com', groupsClaim: 'roles' }, { issuer: 'https://b.example.com', groupsClaim: 'groups' },
  ],
  requiredScopes: ['mcp'],
};

describe('AUTH_ISSUER', () => {
  it('replaces all issuers and leaves the rest', () => {
    expect(issuersFromEnvironment(fromFile, { AUTH_ISSUER: 'https://c.example.com/' })).toEqual({
      issuers: [{ issuer: 'https://c.example.com/', groupsClaim: 'roles' }], requiredScopes: ['mcp'],
    });
  });

  it.each([{}, { AUTH_ISSUER: '' }])('changes nothing when it is not set: %j', (environment) => {
    expect(issuersFromEnvironment(fromFile, environment)).toBe(fromFile);
  });

  it('must be a URL', () => {
    expect(() => issuersFromEnvironment(fromFile, { AUTH_ISSUER: 'auth' })).toThrow(UsageError);
    expect(() => issuersFromEnvironment(fromFile, { AUTH_ISSUER: 'auth' })).toThrow(/AUTH_ISSUER/);
  });
});

describe('TOOL_REGISTRY_URL', () => {
  it('replaces the registry', () => {
    expect(registryUrlFromEnvironment(undefined, { TOOL_REGISTRY_URL: 'http://mcp-registry:8080' }))
      .toBe('http://mcp-registry:8080');
  });

  it('changes nothing when it is not set', () => {
    expect(registryUrlFromEnvironment('http://registry:8080', {})).toBe('http://registry:8080');
  });

  it.each(['registry:8080', 'http://registry:8080/'])('is refused when it is %j', (url) => {
    expect(() => registryUrlFromEnvironment(undefined, { TOOL_REGISTRY_URL: url })).toThrow(/TOOL_REGISTRY_URL must/);
  });
});
