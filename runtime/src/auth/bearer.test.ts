import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bearerToken } from './bearer';

function requestWith(authorization: string | undefined, url = '/'): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.headers = { authorization };
  request.url = url;
  return request;
}

describe('bearerToken', () => {
  it('reads the Authorization header, whatever the case of the scheme', () => {
    expect(bearerToken(requestWith('Bearer abc.def-_~+/='))).toBe('abc.def-_~+/=');
    expect(bearerToken(requestWith('bearer abc'))).toBe('abc');
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b', 'Bearer a,b', 'xBearer a', 'Bearer a\nb'])(
    'finds no token in %j', (header) => {
      expect(bearerToken(requestWith(header))).toBeUndefined();
    });

  it('never looks at the query', () => {
    expect(bearerToken(requestWith(undefined, '/mcp?access_token=abc'))).toBeUndefined();
  });

  it('finds what RFC 6750 calls a b64token, or nothing', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      const token = bearerToken(requestWith(`Bearer ${text}`));
      expect(token === undefined || (/^[\w\-.~+/]+=*$/.test(token) && text.trim() === token)).toBe(true);
    }));
  });
});
