import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { z } from 'zod';
import { describeIssues } from '../../../../lib/contract/config-error';
import { UsageError } from '../../platform/usage-error';
import { objectSchema } from './kubernetes';

/** One Kubernetes object, and the file that it was read from. */
export interface ManifestObject {
  readonly file: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly content: unknown;
}

/** The objects in a directory of synthesized manifests. */
export class Manifests {
  private readonly objects = new Map<string, ManifestObject>();
  /** Files whose YAML is no Kubernetes object, such as Helm values. */
  readonly otherFiles = new Set<string>();

  /**
   * Reads every YAML file under a directory, recursively.
   *
   * @throws UsageError when there is none, or one is not valid; it names the file.
   */
  static read(directory: string): Manifests {
    const files = yamlFiles(directory);
    if (files.length === 0) {
      throw new UsageError(`${directory} holds no .yaml file: give the directory that cdk8s synth wrote, such as dist/`);
    }
    const manifests = new Manifests();
    for (const file of files) {
      manifests.addFile(file);
    }
    return manifests;
  }

  all(): ManifestObject[] {
    return [...this.objects.values()];
  }

  ofKind(...kinds: string[]): ManifestObject[] {
    return this.all().filter((object) => kinds.includes(object.kind));
  }

  find(kind: string, namespace: string, name: string): ManifestObject | undefined {
    return this.objects.get(key(kind, namespace, name));
  }

  private addFile(file: string): void {
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
      const error = document.errors[0];
      if (error !== undefined) {
        throw new UsageError(`${file} is not valid YAML: ${error.message.split('\n', 1)[0] ?? ''}`);
      }
      const content: unknown = document.toJS();
      if (isKubernetesObject(content)) {
        this.add(file, content);
      } else if (content !== null) {
        this.otherFiles.add(file);
      }
    }
  }

  private add(file: string, content: { kind: unknown }): void {
    const { kind, metadata } = parse(objectSchema, content, `${file}: ${String(content.kind)}`);
    const { name, namespace, annotations } = metadata;
    const known = this.find(kind, namespace, name);
    if (known !== undefined) {
      throw new UsageError(`${file}: ${kind} ${namespace}/${name} is also in ${known.file}: remove one of them`);
    }
    this.objects.set(key(kind, namespace, name), { file, kind, namespace, name, annotations, content });
  }
}

/** How errors name an object: kind, name and file. */
export function describe({ kind, namespace, name, file }: ManifestObject): string {
  return `${kind} ${namespace}/${name} (${file})`;
}

/**
 * An object's content by the schema of its kind.
 *
 * @throws UsageError naming file, object and field.
 */
export function contentOf<S extends z.ZodType>(object: ManifestObject, schema: S): z.infer<S> {
  return parse(schema, object.content, describe(object));
}

function parse<S extends z.ZodType>(schema: S, content: unknown, where: string): z.infer<S> {
  const result = schema.safeParse(content);
  if (!result.success) {
    throw new UsageError(`${where} is not valid: ${describeIssues(result.error).join('; ')}`);
  }
  return result.data;
}

function isKubernetesObject(content: unknown): content is { kind: unknown } {
  return typeof content === 'object' && content !== null && 'apiVersion' in content && 'kind' in content;
}

function key(...parts: string[]): string {
  return parts.join('/');
}

/** In the order of their names, so that runs and messages do not depend on the file system. */
function yamlFiles(directory: string): string[] {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UsageError(`${directory} is not a directory: give the one that cdk8s synth wrote, such as dist/`);
  }
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(directory, name));
}
