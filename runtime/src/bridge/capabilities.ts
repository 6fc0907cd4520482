import { isObject, isTooDeep, objectAt, without, type JsonObject } from './json-object';

export interface ClientCapabilityOptions {
  /** Whether the server learns of the client's roots. */
  readonly roots: boolean;
}

/** What a client of 2026-07-28 can do, as a server of before is told. */
export function toLegacyClientCapabilities(modern: unknown, options: ClientCapabilityOptions): JsonObject {
  return clientCapabilities(modern, options);
}

/** What a client of before 2026-07-28 can do, as a server of that revision is told. */
export function toModernClientCapabilities(legacy: unknown, options: ClientCapabilityOptions): JsonObject {
  return clientCapabilities(legacy, options);
}

/**
 * What a server of before 2026-07-28 offers, as a client of that revision is told.
 *
 * @param options.shared callers share the process, so that nobody knows whose its log messages are
 */
export function toModernServerCapabilities(legacy: unknown, { shared }: { readonly shared: boolean }): JsonObject {
  return without(wellFormed(legacy), 'tasks', 'extensions', ...(shared ? ['logging'] : []));
}

/** What a server of 2026-07-28 offers, as a client of before is told. */
export function toLegacyServerCapabilities(modern: unknown): JsonObject {
  return without(wellFormed(modern), 'tasks', 'extensions');
}

/** The capabilities without roots: a server may take these for a grant of file access. */
export function stripRoots(capabilities: object): JsonObject {
  return without(capabilities as JsonObject, 'roots');
}

/**
 * The capability that a client must have declared to be asked this. Undefined for what is no question to a client.
 *
 * `includeContext` requires none: clients may ignore it, and servers send it to clients that declare nothing.
 */
export function requiredCapability(method: string, params: unknown): object | undefined {
  switch (method) {
    case 'sampling/createMessage':
      return { sampling: usesTools(params) ? { tools: {} } : {} };
    case 'elicitation/create':
      return { elicitation: isObject(params) && params.mode === 'url' ? { url: {} } : { form: {} } };
    case 'roots/list':
      return { roots: {} };
    default:
      return undefined;
  }
}

/**
 * Whether all of the required capabilities are declared.
 *
 * @param required objects in objects, few and shallow
 */
export function declares(capabilities: object, required: object): boolean {
  return Object.entries(required).every(([key, inner]) => {
    const declared = objectAt(capabilities, key);
    return declared !== undefined && declares(key === 'elicitation' ? withForm(declared) : declared, inner as object);
  });
}

/** An `elicitation` that names no mode means forms. */
function withForm(elicitation: JsonObject): JsonObject {
  return 'form' in elicitation || 'url' in elicitation ? elicitation : { ...elicitation, form: {} };
}

function usesTools(params: unknown): boolean {
  return isObject(params) && (params.tools !== undefined || params.toolChoice !== undefined);
}

/** Tasks differ between the eras, and extensions are negotiated in one of them only. */
function clientCapabilities(declared: unknown, { roots }: ClientCapabilityOptions): JsonObject {
  const kept = without(wellFormed(declared), 'tasks', 'extensions', 'roots');
  // Changes of roots are told in neither direction.
  return roots && objectAt(declared, 'roots') !== undefined ? { ...kept, roots: {} } : kept;
}

/** Each capability is an object. What is not, or is nested without end, is no capability. */
function wellFormed(capabilities: unknown): JsonObject {
  return isObject(capabilities)
    ? Object.fromEntries(Object.entries(capabilities).filter(([, value]) => isObject(value) && !isTooDeep(value)))
    : {};
}
