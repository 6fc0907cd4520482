import { createHash } from 'node:crypto';
import type { ApiObject } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { atSynthesis } from './at-synthesis';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { fail } from './fail';
import { kubeObject } from './kube-object';
import { describeIssues } from '../contract/config-error';

/** Where the programs of the companion image find their configuration. */
export const CONFIG_DIRECTORY = '/etc/cdk8s-mcp/config';

export interface ConfigurationOptions {
  readonly name: string;
  readonly labels: Record<string, string>;
  /** File names and their texts, asked at synthesis: what a program must know may come from the whole fleet. */
  readonly files: Record<string, () => string>;
}

/** Files for a program, as a ConfigMap. */
export class Configuration {
  readonly configMap: ApiObject;

  constructor(scope: Construct, id: string, private readonly options: ConfigurationOptions) {
    const entries = Object.entries(options.files);
    this.configMap = kubeObject(scope, id, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: options.name, labels: options.labels },
      data: Object.fromEntries(entries.map(([file, produce]) => [file, atSynthesis(produce)])),
    });
  }

  /** Changes whenever a file does. */
  digest(): string {
    const hash = createHash('sha256');
    for (const [file, produce] of Object.entries(this.options.files)) {
      hash.update(file).update('\0').update(produce()).update('\0');
    }
    return hash.digest('hex').slice(0, 16);
  }
}

/**
 * The configuration as the program will read it, checked by the schema that the program checks it by.
 *
 * @param construct whose properties it follows from
 */
export function configurationText<S extends z.ZodType>(construct: IConstruct, schema: S, config: z.input<S>): string {
  const result = schema.safeParse(config);
  if (!result.success) {
    fail(construct, `its properties make no valid configuration: ${describeIssues(result.error).join('; ')}`);
  }
  return stringify(config, { lineWidth: 0 });
}
