import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type AnySchema } from 'ajv';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import type { KubeObject } from './examples';

interface Definition {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: JsonSchema } }[];
  };
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  [keyword: string]: unknown;
}

/** Schemas of custom resources by `apiVersion/kind`, strict: a field that the definition does not know is an error. */
export function loadDefinitions(directory: string): Map<string, AnySchema> {
  const definitions = readdirSync(directory)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => parse(readFileSync(join(directory, file), 'utf8')) as Definition);
  return new Map(definitions.flatMap(({ spec }) => spec.versions.map(({ name, schema }) =>
    [`${spec.group}/${name}/${spec.names.kind}`, strict(schema.openAPIV3Schema)] as [string, AnySchema])));
}

/** What is wrong with an object, by its definition. */
export function validate(definitions: Map<string, AnySchema>, object: KubeObject): string[] {
  const schema = definitions.get(`${object.apiVersion}/${object.kind}`);
  if (schema === undefined) {
    return [`no definition of ${object.apiVersion} ${object.kind}`];
  }
  const ajv = new Ajv({ strict: false, allErrors: true, code: { regExp: goRegExp } });
  formats(ajv);
  return ajv.validate(schema, object) ? [] : (ajv.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}

/** Definitions hold expressions of Go, which may ask for any case inside the pattern. */
const goRegExp = Object.assign(
  (pattern: string, flags: string) => new RegExp(pattern.replace('(?i)', ''), pattern.includes('(?i)') ? `${flags}i` : flags),
  { code: 'goRegExp' },
);

function strict(schema: JsonSchema): JsonSchema {
  const isObject = schema.properties !== undefined && schema.additionalProperties === undefined
    && schema['x-kubernetes-preserve-unknown-fields'] !== true;
  return {
    ...schema,
    ...(schema.properties && {
      properties: Object.fromEntries(Object.entries(schema.properties)
        // metadata is the API server's own: definitions leave it open
        .map(([name, property]) => [name, strict(property)])),
    }),
    ...(schema.items && { items: strict(schema.items) }),
    ...(isObject && { additionalProperties: false }),
  };
}
