import type { Container, EnvironmentVariable } from '../manifests/kubernetes';
import type { References } from '../manifests/references';
import { CannotRun } from '../cannot-run';
import type { Relocation } from './relocate';

type Environment = Record<string, string>;

/**
 * Of the caller's own environment, a container gets only what finding and running programs needs:
 * a server in the cluster sees none of the rest either, and it may hold credentials.
 */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'LOG_LEVEL'];

/** What the Kubernetes downward API answers for a pod of the local run. */
export type PodFields = Readonly<Record<'metadata.name' | 'metadata.namespace' | 'status.podIP', string>>;

/**
 * The environment of a container: its own variables, with paths of its mounts rewritten.
 *
 * @throws CannotRun when a variable has no value outside a cluster
 * @throws UsageError when a reference is dangling.
 */
export function containerEnvironment(
  container: Container, references: References, fields: PodFields, relocation: Relocation,
): Environment {
  const own: Environment = fromSources(container, references);
  for (const variable of container.env) {
    const value = valueOf(variable, references, fields);
    if (value !== undefined) {
      own[variable.name] = variable.valueFrom === undefined ? expandVariables(value, own) : value;
    }
  }
  const relocated = Object.entries(own).map(([name, value]) => [name, relocation.rewrite(value)]);
  return { ...baseEnvironment(), TMPDIR: relocation.rewrite('/tmp'), ...Object.fromEntries(relocated) as Environment };
}

/**
 * `$(NAME)` becomes the value of a variable defined before; `$$` is a plain dollar sign; unknown names stay.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function expandVariables(text: string, variables: Environment): string {
  return text.replace(/\$\$|\$\(([A-Za-z_.-][\w.-]*)\)/g,
    (match, name: string | undefined) => (name === undefined ? '$' : variables[name] ?? match));
}

/** The part of this process's own environment that every process of the fleet gets. */
export function baseEnvironment(): Environment {
  const entries = INHERITED.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Environment;
}

function fromSources({ envFrom }: Container, references: References): Environment {
  const values: Environment = {};
  for (const { prefix, configMapRef, secretRef } of envFrom) {
    for (const [kind, reference] of [['ConfigMap', configMapRef], ['Secret', secretRef]] as const) {
      const entries = reference && references.entries(kind, reference);
      for (const [name, value] of entries ?? []) {
        values[prefix + name] = value.toString();
      }
    }
  }
  return values;
}

function valueOf(
  { name, value, valueFrom }: EnvironmentVariable, references: References, fields: PodFields,
): string | undefined {
  if (valueFrom === undefined) {
    return value;
  }
  const { configMapKeyRef, secretKeyRef, fieldRef } = valueFrom;
  if (configMapKeyRef !== undefined) {
    return references.value('ConfigMap', configMapKeyRef);
  }
  if (secretKeyRef !== undefined) {
    return references.value('Secret', secretKeyRef);
  }
  if (fieldRef !== undefined && fieldRef.fieldPath in fields) {
    return fields[fieldRef.fieldPath as keyof PodFields];
  }
  const source = fieldRef?.fieldPath ?? Object.keys(valueFrom).join(', ');
  throw new CannotRun(`its variable ${name} comes from ${source}, which does not exist locally`);
}
