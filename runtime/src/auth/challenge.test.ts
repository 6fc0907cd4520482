import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { challenge } from './challenge';

const resourceMetadataUrl = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';

describe('challenge', () => {
  it('says no more than where the metadata are when there was no token', () => {
    expect(challenge({ resourceMetadataUrl, scopes: [] })).toBe(`Bearer resource_metadata="${resourceMetadataUrl}"`);
  });

  it('names the error and all scopes at once', () => {
    expect(challenge({
      resourceMetadataUrl, scopes: ['mcp', 'tools'], error: 'insufficient_scope', description: 'more is needed',
    })).toBe('Bearer error="insufficient_scope", error_description="more is needed", scope="mcp tools", '
      + `resource_metadata="${resourceMetadataUrl}"`);
  });

  it('quotes whatever it is given', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (description) => {
      const header = challenge({ resourceMetadataUrl: 'https://x', scopes: [], description });
      const match = /^Bearer error_description="((?:[^"\\]|\\.)*)", resource_metadata="https:\/\/x"$/.exec(header);
      expect(match?.[1]?.replace(/\\(.)/g, '$1')).toBe(description.replace(/[^\x20-\x7e]/gu, ''));
      expect(() => new Headers({ 'www-authenticate': header })).not.toThrow();
    }));
  });
});
