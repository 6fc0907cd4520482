import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactEncrypt, compactDecrypt, importJWK, type JWK } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { UsageError } from '../platform/usage-error';
import { sessionKeysSecret, writeSessionKeys } from './export-session-keys';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'session-keys-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

async function roundTrip(key: JWK): Promise<string> {
  const secret = await importJWK(key);
  const token = await new CompactEncrypt(new TextEncoder().encode('session'))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.kid }).encrypt(secret);
  return new TextDecoder().decode((await compactDecrypt(token, secret)).plaintext);
}

describe('session keys', () => {
  it('come as a Secret for kubectl', async () => {
    const secret = parse(sessionKeysSecret('keys', 'gateway')) as { stringData: Record<string, string> };
    expect(secret).toMatchObject({
      apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name: 'keys', namespace: 'gateway' },
    });
    const { keys } = JSON.parse(secret.stringData['keys.json']!) as { keys: [JWK] };
    expect(await roundTrip(keys[0])).toBe('session');
  });

  it('leave the namespace to kubectl when none is said', () => {
    expect((parse(sessionKeysSecret('keys', undefined)) as { metadata: object }).metadata).toEqual({ name: 'keys' });
  });

  it('come as a file that only its owner may read, and that is never replaced', () => {
    const file = writeSessionKeys(join(directory, 'new'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = readFileSync(file, 'utf8');
    expect(() => writeSessionKeys(join(directory, 'new'))).toThrow(UsageError);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('say where they cannot be written', () => {
    const file = writeSessionKeys(directory);
    expect(() => writeSessionKeys(file)).toThrow(/keys\.json.*keys\.json exists|cannot write .*keys\.json\/keys\.json/);
  });

  it('are new each time', () => {
    expect(sessionKeysSecret('keys', undefined)).not.toBe(sessionKeysSecret('keys', undefined));
  });
});
