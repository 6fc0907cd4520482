import { isObject, type JsonObject } from './json-object';
import { roleOf, type SchemaRole } from './json-schema';
import { decodeHeaderValue, encodeHeaderValue, singleHeader, type RequestHeaders } from './request-headers';

const ANNOTATION = 'x-mcp-header';
const HEADER_PREFIX = 'mcp-param-';

/** No parameter lies deeper. */
const MAX_PATH = 32;

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const DECIMAL = /^-?\d+(?:\.\d+)?$/;

const TYPES = ['string', 'integer', 'boolean'] as const;

/** A parameter of a tool that requests of 2026-07-28 repeat in a header. */
export interface ParameterHeader {
  /** In lower case, such as `mcp-param-region`. */
  readonly header: string;
  /** Keys from the arguments inwards. */
  readonly path: readonly string[];
  readonly type: typeof TYPES[number];
}

/** A part of a schema, and the keys that lead to its value in the arguments if only `properties` lead to it. */
interface Part {
  readonly value: unknown;
  readonly role: SchemaRole;
  readonly path: readonly string[] | undefined;
}

/**
 * The parameters that an input schema marks to be repeated in headers.
 *
 * @returns a string that says why when the schema is invalid, and the tool with it
 */
export function parameterHeaders(inputSchema: unknown): ParameterHeader[] | string {
  const found = new Map<string, ParameterHeader>();
  const parts: Part[] = [{ value: inputSchema, role: 'schema', path: [] }];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part.role === 'schema' && isObject(part.value) && Object.hasOwn(part.value, ANNOTATION)) {
      const header = headerOf(part.value, part.path);
      if (typeof header === 'string') {
        return header;
      }
      if (found.has(header.header)) {
        return `two parameters are to go into the header ${header.header}`;
      }
      found.set(header.header, header);
    }
    // Last first, so that the parts come off the stack in the order of the schema.
    partsOf(part).reverse().forEach((inner) => parts.push(inner));
  }
  return [...found.values()];
}

/**
 * Checks that the headers of a call say what its arguments say (Streamable HTTP, Server Behavior for Custom Headers).
 *
 * @returns what is wrong, undefined when nothing is
 */
export function checkParameterHeaders(
  headers: RequestHeaders, known: readonly ParameterHeader[], args: unknown,
): string | undefined {
  for (const parameter of known) {
    const fault = checkOne(headers, parameter, valueAt(args, parameter.path));
    if (fault !== undefined) {
      return fault;
    }
  }
  return undefined;
}

/** The headers that a call of a tool with these parameters has to have. */
export function mintParameterHeaders(known: readonly ParameterHeader[], args: unknown): Record<string, string> {
  return Object.fromEntries(known.flatMap(({ header, path }) => {
    const text = textOf(valueAt(args, path));
    return text === undefined ? [] : [[header, encodeHeaderValue(text)]];
  }));
}

function headerOf(schema: JsonObject, path: readonly string[] | undefined): ParameterHeader | string {
  if (path === undefined || path.length === 0) {
    return `${ANNOTATION} stands where not only 'properties' lead to`;
  }
  const name = schema[ANNOTATION];
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    return `${ANNOTATION} of ${path.join('.')} is no name of a header`;
  }
  const type = TYPES.find((each) => each === schema.type);
  return type === undefined
    ? `${ANNOTATION} of ${path.join('.')} needs a parameter of type ${TYPES.join(', ')}`
    : { header: HEADER_PREFIX + name.toLowerCase(), path, type };
}

function partsOf({ value, role, path }: Part): Part[] {
  if (role === 'data' || typeof value !== 'object' || value === null) {
    return [];
  }
  if (Array.isArray(value)) {
    return value.map((element: unknown) => ({ value: element, role, path: undefined }));
  }
  return Object.entries(value).map(([key, inner]: [string, unknown]) => ({
    value: inner, role: roleOf(key, role), path: pathOf(key, role, path),
  }));
}

/** The names in a `properties` lead on, and `properties` itself leads to them. All else leads astray. */
function pathOf(key: string, role: SchemaRole, path: readonly string[] | undefined): readonly string[] | undefined {
  if (path === undefined || path.length >= MAX_PATH || (role === 'schema' && key !== 'properties')) {
    return undefined;
  }
  return role === 'names' ? [...path, key] : path;
}

function checkOne(headers: RequestHeaders, { header }: ParameterHeader, value: unknown): string | undefined {
  const text = singleHeader(headers, header);
  if (typeof text === 'object') {
    return text.fault;
  }
  if (value === undefined || value === null) {
    return text === undefined ? undefined : `The header ${header} has a value and the parameter has none`;
  }
  if (text === undefined) {
    return `The header ${header} is missing`;
  }
  const decoded = decodeHeaderValue(text);
  if (decoded === undefined) {
    return `The header ${header} has invalid characters or is no valid Base64`;
  }
  return isSame(decoded, value) ? undefined : `The header ${header} does not match the parameter`;
}

function isSame(text: string, value: unknown): boolean {
  return typeof value === 'number'
    ? Number.isSafeInteger(value) && DECIMAL.test(text) && Number(text) === value
    : text === textOf(value);
}

/** A value as a header says it, undefined for one that no header can say. */
function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return String(value);
    case 'number':
      return Number.isSafeInteger(value) ? String(value) : undefined;
    default:
      return undefined;
  }
}

function valueAt(args: unknown, path: readonly string[]): unknown {
  return path.reduce((value: unknown, key) =>
    isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined, args);
}
