import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/**
 * Folder with the JSON schemas of the protocol, `mcp-REVISION.schema.json`, as the specification publishes them. Tests
 * that need them are skipped without it.
 */
const folder = process.env.MCP_SCHEMAS_DIR;

export const areSchemasMissing = folder === undefined || !existsSync(folder);

/**
 * What is wrong with a value by the schema of a revision; empty when nothing is.
 *
 * @param type name of a type in the schema, such as `ListToolsResult`
 */
export function faultsOf(revision: string, type: string, value: unknown): string[] {
  let ajv = validators.get(revision);
  if (ajv === undefined) {
    ajv = new Ajv2020({ strict: false, allErrors: true });
    formats(ajv);
    const file = join(folder!, `mcp-${revision}.schema.json`);
    ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')) as object, revision);
    validators.set(revision, ajv);
  }
  const validate = ajv.getSchema(`${revision}#/$defs/${type}`)!;
  return validate(value) === true
    ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const validators = new Map<string, Ajv2020>();
