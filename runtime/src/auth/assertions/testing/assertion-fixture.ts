import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { JWK } from 'jose';
import { pino } from 'pino';
import { AssertionSigner } from '../assertion-signer';
import { AssertionVerifier, type AssertionVerifierOptions } from '../assertion-verifier';
import { newAssertionKeys, type AssertionKeyPair } from '../new-assertion-keys';
import { readSigningKey } from '../signing-key';

/** Keys in files, as gateway and proxies find them, and what is logged about them. */
export class AssertionFixture {
  readonly directory = mkdtempSync(join(tmpdir(), 'assertions-'));
  readonly publicFile = join(this.directory, 'public.json');
  log = '';
  private written = 0;

  private constructor(readonly keys: AssertionKeyPair) {}

  static async create(): Promise<AssertionFixture> {
    const fixture = new AssertionFixture(await newAssertionKeys());
    fixture.publish(fixture.keys.publicKeys);
    return fixture;
  }

  /** Replaces the public keys as a whole, as Kubernetes does. */
  publish(content: object | string): void {
    const file = join(this.directory, `next-${++this.written}`);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    renameSync(file, this.publicFile);
  }

  async signer(privateKey: JWK = this.keys.privateKey): Promise<AssertionSigner> {
    const file = join(this.directory, `private-${++this.written}.json`);
    writeFileSync(file, JSON.stringify(privateKey));
    return new AssertionSigner(await readSigningKey(file));
  }

  verifier(options: Partial<AssertionVerifierOptions> = {}): Promise<AssertionVerifier> {
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.log += chunk.toString();
        done();
      },
    });
    const logger = pino({ level: 'trace' }, stream);
    return AssertionVerifier.create({ server: 'files', keysFile: this.publicFile, logger, ...options });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
