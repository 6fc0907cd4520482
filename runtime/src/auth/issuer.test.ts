import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { Issuer, IssuerUnavailable } from './issuer';
import { startIssuer, type TestIssuer, type TestIssuerOptions } from './testing/issuer';

const logger = pino({ level: 'silent' });
let running: TestIssuer | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function start(options?: TestIssuerOptions): Promise<TestIssuer> {
  return running = await startIssuer(options);
}

function keyOf(issuer: Issuer, kid: string) {
  return issuer.key({ alg: 'ES256', kid }, { payload: '', signature: '' });
}

describe('Issuer', () => {
  it.each<[string, TestIssuerOptions]>([
    ['OpenID Connect discovery', {}],
    ['OpenID Connect discovery of an issuer with a path', { path: '/tenant' }],
    ['RFC 8414', { metadataPath: '/.well-known/oauth-authorization-server' }],
    ['RFC 8414 of an issuer with a path', {
      path: '/tenant', metadataPath: '/.well-known/oauth-authorization-server/tenant',
    }],
  ])('finds its keys by %s', async (_, options) => {
    const { issuer } = await start(options);
    await expect(keyOf(new Issuer({ issuer, groupsClaim: 'groups' }, logger), 'key-1')).resolves.toBeDefined();
  });

  it('asks once for all who need its keys at the same time, and then not again', async () => {
    const { issuer, requests } = await start();
    const subject = new Issuer({ issuer, groupsClaim: 'groups' }, logger);
    await Promise.all([keyOf(subject, 'key-1'), keyOf(subject, 'key-1'), keyOf(subject, 'key-1')]);
    await keyOf(subject, 'key-1');
    expect(requests).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it('does not believe metadata of another issuer', async () => {
    const { issuer } = await start({ claimedIssuer: 'https://evil.example.com' });
    await expect(keyOf(new Issuer({ issuer, groupsClaim: 'groups' }, logger), 'key-1')).rejects.toThrow(IssuerUnavailable);
  });

  it('is unavailable while nothing answers, and is asked again at the next token', async () => {
    const gone = await startIssuer();
    await gone.stop();
    const subject = new Issuer({ issuer: gone.issuer, groupsClaim: 'groups' }, logger);
    await expect(keyOf(subject, 'key-1')).rejects.toThrow(/ECONNREFUSED/);
    await expect(keyOf(subject, 'key-1')).rejects.toThrow(IssuerUnavailable);
    await start({ port: Number(new URL(gone.issuer).port) });
    await expect(keyOf(subject, 'key-1')).resolves.toBeDefined();
  });
});
