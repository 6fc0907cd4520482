/** Keywords whose value maps names, which an author chose, to schemas. */
const NAME_MAPS: ReadonlySet<string> = new Set([
  'properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies',
]);

/** Keywords whose value is data and holds no schema. */
const DATA: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples']);

/** What a value inside a JSON schema is: a schema (or a list of such), a map from names to schemas, or data. */
export type SchemaRole = 'schema' | 'names' | 'data';

/** What the value of a member is, by its key and by what the object around it is. */
export function roleOf(key: string, parent: SchemaRole): SchemaRole {
  if (parent !== 'schema') {
    return parent === 'names' ? 'schema' : 'data';
  }
  if (NAME_MAPS.has(key)) {
    return 'names';
  }
  return DATA.has(key) ? 'data' : 'schema';
}
