import { ANNOTATION } from '../../../../lib/contract/labels';
import { UsageError } from '../../platform/usage-error';
import { CannotRun } from '../cannot-run';
import { dataSchema, type KeyToPath } from './kubernetes';
import { contentOf, describe, type ManifestObject, type Manifests } from './manifests';

/** The entries of a ConfigMap or Secret: text of a ConfigMap as a string, everything else as bytes. */
export type Entries = ReadonlyMap<string, string | Buffer>;

type Kind = 'ConfigMap' | 'Secret' | 'PersistentVolumeClaim';

interface Reference {
  readonly name: string;
  readonly optional: boolean;
}

/** Resolves what one workload names: ConfigMaps, Secrets and claims of its own namespace. */
export class References {
  private readonly declaredExternal: ReadonlySet<string>;

  constructor(
    private readonly manifests: Manifests,
    private readonly referrer: ManifestObject,
    templateAnnotations: Readonly<Record<string, string>>,
  ) {
    this.declaredExternal = new Set([referrer.annotations, templateAnnotations]
      .flatMap((annotations) => (annotations[ANNOTATION.EXTERNAL] ?? '').split(','))
      .map((name) => name.trim()));
  }

  /** Whether the object exists in the cluster only, as the referrer declares. */
  isExternal(kind: Kind, name: string): boolean {
    return this.find(kind, name) === undefined && this.declaredExternal.has(`${kind}/${name}`);
  }

  /**
   * @returns undefined when the reference is optional and leads nowhere
   * @throws CannotRun when it leads out of the manifests, UsageError when it is dangling.
   */
  entries(kind: 'ConfigMap' | 'Secret', { name, optional }: Reference): Entries | undefined {
    const object = this.find(kind, name);
    if (object !== undefined) {
      return kind === 'ConfigMap' ? configMapEntries(object) : secretEntries(object);
    }
    if (optional) {
      return undefined;
    }
    this.requireDeclared(kind, name);
    throw new CannotRun(`it needs ${kind} ${name}, which somebody else makes: for a local run, add that object to the manifests`);
  }

  /** One value; returns and throws as `entries`, and throws UsageError when the key is missing. */
  value(kind: 'ConfigMap' | 'Secret', reference: Reference & { key: string }): string | undefined {
    return this.files(kind, { ...reference, items: [{ key: reference.key, path: reference.key }] })
      ?.get(reference.key)?.toString();
  }

  /** Entries selected and renamed by a volume's `items`; returns and throws as `value`. */
  files(kind: 'ConfigMap' | 'Secret', reference: Reference & { items?: KeyToPath }): Entries | undefined {
    const entries = this.entries(kind, reference);
    if (entries === undefined || reference.items === undefined) {
      return entries;
    }
    const files = new Map<string, string | Buffer>();
    for (const { key, path } of reference.items) {
      const content = entries.get(key);
      if (content !== undefined) {
        files.set(path, content);
      } else if (!reference.optional) {
        throw new UsageError(`${describe(this.referrer)} names the key '${key}' of ${kind} ${reference.name}, which has only: ${[...entries.keys()].join(', ')}`);
      }
    }
    return files;
  }

  /** @throws UsageError when the claim is neither in the manifests nor declared as external. */
  requireClaim(name: string): void {
    if (this.find('PersistentVolumeClaim', name) === undefined) {
      this.requireDeclared('PersistentVolumeClaim', name);
    }
  }

  private find(kind: Kind, name: string): ManifestObject | undefined {
    return this.manifests.find(kind, this.referrer.namespace, name);
  }

  private requireDeclared(kind: Kind, name: string): void {
    if (!this.declaredExternal.has(`${kind}/${name}`)) {
      throw new UsageError(`${describe(this.referrer)} names ${kind} ${name}, which no manifest contains: add it, or, if somebody else makes it, declare it by the annotation ${ANNOTATION.EXTERNAL}: ${kind}/${name}`);
    }
  }
}

function configMapEntries(object: ManifestObject): Entries {
  const { data, binaryData } = contentOf(object, dataSchema);
  return new Map<string, string | Buffer>([...Object.entries(data), ...decoded(binaryData)]);
}

/** `stringData` wins over `data`, as in the API server. */
function secretEntries(object: ManifestObject): Entries {
  const { data, stringData } = contentOf(object, dataSchema);
  return new Map([
    ...decoded(data),
    ...Object.entries(stringData).map(([name, value]): [string, Buffer] => [name, Buffer.from(value)]),
  ]);
}

function decoded(values: Record<string, string>): [string, Buffer][] {
  return Object.entries(values).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
}
