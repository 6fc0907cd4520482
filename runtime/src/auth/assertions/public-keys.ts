import { readFile, stat } from 'node:fs/promises';
import { importJWK, type CryptoKey } from 'jose';
import { z } from 'zod';
import { ASSERTION } from '../../../../lib/contract/assertions';
import type { Logger } from '../../platform/logger';
import { UsageError } from '../../platform/usage-error';

const keySetSchema = z.object({
  keys: z.array(z.object({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    kid: z.string().min(1),
    x: z.base64url(),
  })).min(1),
});

/** The file is looked at no more often than this: whoever makes up key ids must not keep the disk busy. */
const RECHECK_MS = 1000;

type Keys = ReadonlyMap<string, CryptoKey>;

/**
 * The public keys of the gateways that may call, from a JSON Web Key Set. A changed file is read again, without
 * a restart; one that is gone or broken leaves the keys as they were: nobody is locked out by half a rotation.
 */
export class PublicKeys {
  private checkedAt = Date.now();
  private check?: Promise<void>;
  /** The version of the file that was complained about last. */
  private rejected?: string;

  private constructor(
    private readonly file: string, private readonly logger: Logger, private keys: Keys, private version: string,
  ) {}

  /** @throws UsageError when the file cannot be read, or is no set of public keys. */
  static async read(file: string, logger: Logger): Promise<PublicKeys> {
    try {
      const version = await versionOf(file);
      return new PublicKeys(file, logger, await readKeys(file), version);
    } catch (error) {
      throw new UsageError(`${problemOf(file, error)}; make them with 'cdk8s-mcp keys init'`);
    }
  }

  /** Called when keys are replaced, so that nothing is believed any longer that a key has vouched for. */
  onChange: () => void = () => undefined;

  /** The key with an id, in the file as it is now; undefined when there is none. */
  async find(id: string): Promise<CryptoKey | undefined> {
    if (Math.abs(Date.now() - this.checkedAt) >= RECHECK_MS) {
      this.checkedAt = Date.now();
      this.check = this.readAgain();
    }
    await this.check;
    return this.keys.get(id);
  }

  private async readAgain(): Promise<void> {
    let version = '';
    try {
      version = await versionOf(this.file);
      if (version !== this.version) {
        this.keys = await readKeys(this.file);
        this.version = version;
        this.onChange();
        this.logger.info({ keys: [...this.keys.keys()] }, 'assertion keys have changed');
      }
      this.rejected = undefined;
    } catch (error) {
      if (this.rejected !== version) {
        this.rejected = version;
        this.logger.error({ reason: problemOf(this.file, error) }, 'assertion keys stay as they were');
      }
    }
  }
}

/** Kubernetes replaces the files of a ConfigMap by turning a symbolic link: another file, perhaps of the same age. */
async function versionOf(file: string): Promise<string> {
  const { dev, ino, mtimeMs, size } = await stat(file);
  return [dev, ino, mtimeMs, size].join(' ');
}

async function readKeys(file: string): Promise<Keys> {
  const { keys } = keySetSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const imported = keys.map(async ({ kty, crv, kid, x }) =>
    [kid, await importJWK({ kty, crv, x }, ASSERTION.ALGORITHM)] as const);
  return new Map(await Promise.all(imported));
}

function problemOf(file: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^E[A-Z]+$/.test(code)
    ? `cannot read the assertion keys in ${file}: ${code}`
    : `${file} is not a JSON Web Key Set of Ed25519 keys with ids`;
}
