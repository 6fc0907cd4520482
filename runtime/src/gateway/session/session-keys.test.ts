import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSessionKeySet } from '../../auth/session-keys';
import { readSessionKeys } from './session-keys';

let directory: string;
let file: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'session-keys-'));
  file = join(directory, 'keys.json');
});

afterAll(() => rmSync(directory, { recursive: true }));

function write(content: unknown): void {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

describe('readSessionKeys', () => {
  it('reads what `keys init` makes; the first key encrypts', async () => {
    const [first, second] = [newSessionKeySet(), newSessionKeySet()];
    write({ keys: [...first.keys, ...second.keys] });
    const keys = await readSessionKeys(file);
    expect(keys.encryptWith).toBe(first.keys[0]!.kid);
    expect([...keys.byId.keys()]).toEqual([first.keys[0]!.kid, second.keys[0]!.kid]);
  });

  it.each([
    ['no JSON', 'keys'],
    ['no key', { keys: [] }],
    ['an asymmetric key', { keys: [{ kty: 'EC', kid: 'a', crv: 'P-256' }] }],
    ['a key without an id', { keys: [{ kty: 'oct', k: 'AAAA' }] }],
  ])('refuses a file with %s', async (_what, content) => {
    write(content);
    await expect(readSessionKeys(file)).rejects.toThrow(
      `${file} is not a JSON Web Key Set of 'oct' keys with ids; make one with 'cdk8s-mcp keys init'`);
  });

  it('refuses a key that is too short, without a word of it', async () => {
    write({ keys: [{ kty: 'oct', kid: 'a', k: 'c2VjcmV0' }] });
    await expect(readSessionKeys(file)).rejects.toThrow(/^[^ ]+: key 'a' has 48 bits, not 256$/);
  });

  it('says how to make keys where there are none', async () => {
    await expect(readSessionKeys(join(directory, 'none.json'))).rejects.toThrow(
      /^cannot read the session keys in .*none\.json: ENOENT; make them with 'cdk8s-mcp keys init'$/);
  });
});
