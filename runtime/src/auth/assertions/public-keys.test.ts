import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newAssertionKeys } from './new-assertion-keys';
import { AssertionFixture } from './testing/assertion-fixture';

const ALICE = { issuer: 'https://auth.example.com', subject: 'alice' };

let fixture: AssertionFixture;
let now: number;

beforeEach(async () => {
  now = Date.UTC(2026, 11, 1, 12);
  vi.useFakeTimers({ toFake: ['Date'], now });
  fixture = await AssertionFixture.create();
});

afterEach(() => {
  vi.useRealTimers();
  fixture.remove();
});

/** Files are looked at once a second. */
function secondLater(): void {
  vi.setSystemTime(now += 1000);
}

describe('the public keys of assertions', () => {
  it('are read again when their file changes: new keys are accepted, old ones no longer', async () => {
    const verifier = await fixture.verifier();
    const next = await newAssertionKeys();
    const [old, fresh] = [await fixture.signer(), await fixture.signer(next.privateKey)];
    const assertion = await old.sign(ALICE, 'files');
    await verifier.verify(assertion);

    fixture.publish({ keys: [...fixture.keys.publicKeys.keys, ...next.publicKeys.keys] });
    secondLater();
    expect(await verifier.verify(await fresh.sign(ALICE, 'files'))).toEqual(ALICE);
    expect(await verifier.verify(assertion)).toEqual(ALICE);

    fixture.publish(next.publicKeys);
    secondLater();
    await expect(verifier.verify(await old.sign({ ...ALICE, subject: 'bob' }, 'files'))).rejects.toThrow('names no key');
    // What was remembered is forgotten with the key that vouched for it.
    await expect(verifier.verify(assertion)).rejects.toThrow('names no key');
  });

  it('are found behind the symbolic links of a ConfigMap', async () => {
    const version = (name: string, content: object) => {
      mkdirSync(join(fixture.directory, name));
      writeFileSync(join(fixture.directory, name, 'keys.json'), JSON.stringify(content));
      symlinkSync(name, join(fixture.directory, '..data_tmp'));
      renameSync(join(fixture.directory, '..data_tmp'), join(fixture.directory, '..data'));
    };
    const next = await newAssertionKeys();
    version('..1', fixture.keys.publicKeys);
    const keysFile = join(fixture.directory, 'keys.json');
    symlinkSync('..data/keys.json', keysFile);
    const verifier = await fixture.verifier({ keysFile });
    version('..2', next.publicKeys);
    rmSync(join(fixture.directory, '..1'), { recursive: true });
    secondLater();
    expect(await verifier.verify(await (await fixture.signer(next.privateKey)).sign(ALICE, 'files'))).toEqual(ALICE);
  });

  it.each<[string, () => void]>([
    ['gone', () => rmSync(fixture.publicFile)],
    ['half written', () => fixture.publish('{"keys":')],
    ['without keys', () => fixture.publish({ keys: [] })],
  ])('stay as they were when their file is %s, which is logged once', async (_how, spoil) => {
    const verifier = await fixture.verifier();
    const signer = await fixture.signer();
    spoil();
    for (const subject of ['alice', 'bob', 'carol']) {
      secondLater();
      expect(await verifier.verify(await signer.sign({ ...ALICE, subject }, 'files'))).toEqual({ ...ALICE, subject });
    }
    expect(fixture.log.match(/assertion keys stay as they were/g)).toHaveLength(1);

    fixture.publish((await newAssertionKeys()).publicKeys);
    secondLater();
    await expect(verifier.verify(await signer.sign({ ...ALICE, subject: 'dan' }, 'files'))).rejects.toThrow('names no key');
  });

  it('have to be there at the start, and be keys', async () => {
    await expect(fixture.verifier({ keysFile: '/nowhere/keys.json' })).rejects.toThrow(
      "cannot read the assertion keys in /nowhere/keys.json: ENOENT; make them with 'cdk8s-mcp keys init'");
    for (const content of ['no JSON', { keys: [] }, { keys: [{ kty: 'RSA', kid: 'a' }] }, { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AA' }] }]) {
      fixture.publish(content);
      await expect(fixture.verifier()).rejects.toThrow('is not a JSON Web Key Set of Ed25519 keys with ids');
    }
  });

  it('refuse a key of another length', async () => {
    fixture.publish({ keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'short', x: 'AAAA' }] });
    await expect(fixture.verifier()).rejects.toThrow('is not a JSON Web Key Set of Ed25519 keys with ids');
  });
});

describe('the private key of assertions', () => {
  it('is refused when it is none, without a word of it', async () => {
    const { d, ...publicHalf } = fixture.keys.privateKey;
    const problem = /^[^ ]+ is not a private Ed25519 key with an id, as a JSON Web Key; make one with 'cdk8s-mcp keys init'$/;
    await expect(fixture.signer(publicHalf)).rejects.toThrow(problem);
    await expect(fixture.signer({ ...publicHalf, d: d!.slice(0, 8) })).rejects.toThrow(problem);
    await expect(fixture.signer({ ...fixture.keys.privateKey, kid: undefined })).rejects.toThrow(problem);
  });
});
