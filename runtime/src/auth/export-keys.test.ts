import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactEncrypt, compactDecrypt, importJWK, type JWK } from 'jose';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { UsageError } from '../platform/usage-error';
import { AssertionSigner } from './assertions/assertion-signer';
import { AssertionVerifier } from './assertions/assertion-verifier';
import { readSigningKey } from './assertions/signing-key';
import { keyObjects, writeKeys } from './export-keys';

const ALICE = { issuer: 'https://auth.example.com', subject: 'alice' };

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keys-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

interface KeyObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly data?: Record<string, string>;
  readonly stringData?: Record<string, string>;
}

async function objects(serverNamespaces: string[] = ['core', 'utility', 'core']): Promise<KeyObject[]> {
  const text = await keyObjects({ gateway: 'front', namespace: 'mcp-system', serverNamespaces });
  return parseAllDocuments(text).map((document) => document.toJS() as KeyObject);
}

async function encryptAndDecrypt(key: JWK): Promise<string> {
  const secret = await importJWK(key);
  const token = await new CompactEncrypt(new TextEncoder().encode('session'))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.kid }).encrypt(secret);
  return new TextDecoder().decode((await compactDecrypt(token, secret)).plaintext);
}

async function assertAndVerify(privateFile: string, keysFile: string): Promise<unknown> {
  const assertion = await new AssertionSigner(await readSigningKey(privateFile)).sign(ALICE, 'files');
  return (await AssertionVerifier.create({ server: 'files', keysFile, logger: pino({ level: 'silent' }) }))
    .verify(assertion);
}

describe('new keys', () => {
  it('come as Secrets beside the gateway, and a ConfigMap for each namespace of servers', async () => {
    expect((await objects()).map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name])).toEqual([
      ['Secret', 'mcp-system', 'front-session-keys'],
      ['Secret', 'mcp-system', 'front-assertion-key'],
      ['ConfigMap', 'core', 'mcp-assertion-keys'],
      ['ConfigMap', 'utility', 'mcp-assertion-keys'],
    ]);
  });

  it('encrypt sessions, and say to proxies who calls', async () => {
    const [sessionKeys, assertionKey, publicKeys] = await objects();
    const { keys } = JSON.parse(sessionKeys!.stringData!['keys.json']!) as { keys: [JWK] };
    expect(await encryptAndDecrypt(keys[0])).toBe('session');
    const [privateFile, keysFile] = [join(directory, 'private'), join(directory, 'public')];
    writeFileSync(privateFile, assertionKey!.stringData!['private-key.json']!);
    writeFileSync(keysFile, publicKeys!.data!['public-keys.json']!);
    expect(await assertAndVerify(privateFile, keysFile)).toEqual(ALICE);
  });

  it('leave the private key out of what every server reads', async () => {
    const [, , publicKeys] = await objects();
    expect(JSON.parse(publicKeys!.data!['public-keys.json']!)).toEqual({
      keys: [{ kty: 'OKP', crv: 'Ed25519', x: expect.any(String) as string, kid: expect.any(String) as string, use: 'sig', alg: 'EdDSA' }],
    });
  });

  it('are new each time', async () => {
    const [one, other] = [await objects(), await objects()];
    expect(one[0]).not.toEqual(other[0]);
    expect(one[1]).not.toEqual(other[1]);
  });

  it('come as files that only their owner may read', async () => {
    const files = await writeKeys(join(directory, 'new'));
    expect(files).toEqual(['keys.json', 'private-key.json', 'public-keys.json'].map((name) => join(directory, 'new', name)));
    expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
    expect(await assertAndVerify(files[1]!, files[2]!)).toEqual(ALICE);
  });

  it.each(['keys.json', 'private-key.json', 'public-keys.json'])('never replace a file: nothing is written beside %s', async (name) => {
    writeFileSync(join(directory, name), 'mine');
    await expect(writeKeys(directory)).rejects.toThrow(UsageError);
    expect(readdirSync(directory)).toEqual([name]);
    expect(readFileSync(join(directory, name), 'utf8')).toBe('mine');
  });

  it('say where they cannot be written', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    await expect(writeKeys(file)).rejects.toThrow(`cannot write ${join(file, 'keys.json')}: `);
    expect(existsSync(join(file, 'keys.json'))).toBe(false);
  });
});
