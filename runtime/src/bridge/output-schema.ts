import { editJson, endOfString, findJsonValue, type JsonEdit } from '../mcp/json-members';
import { isObject } from './json-object';
import { roleOf, type SchemaRole } from './json-schema';

/** Where the output of a tool stands in the object that is made around it. */
const POINTER = '#/properties/result';

/** Keywords that refer to another part of the document by a JSON pointer. */
const REFERENCES: ReadonlySet<string> = new Set(['$ref', '$dynamicRef']);

/** An object or array that is open at one position of a schema's text. */
interface Frame {
  readonly isArray: boolean;
  readonly role: SchemaRole;
  /** How many edits there were when it opened. */
  readonly editsBefore: number;
  /** The key whose value comes next, in an object; means nothing in an array. */
  key: string | undefined;
  /** Pointers in here start from another document. */
  isOtherDocument: boolean;
}

/**
 * Whether clients of before 2026-07-28 need the tool's output inside an object: they know objects only, and a schema
 * of which nothing says that it is of one may be of something else.
 */
export function needsWrapping(outputSchema: unknown): boolean {
  return isObject(outputSchema) && outputSchema.type !== 'object';
}

/** Names of the tools in a `tools/list` result of 2026-07-28 whose output clients of before get inside an object. */
export function wrappedTools(result: unknown): string[] {
  const tools = isObject(result) && Array.isArray(result.tools) ? result.tools as unknown[] : [];
  return tools.filter(isObject).filter(({ outputSchema }) => needsWrapping(outputSchema))
    .map(({ name }) => name).filter((name) => typeof name === 'string');
}

/** The text of an output as the only member of an object. */
export function wrapOutput(output: string): string {
  return `{"result":${output}}`;
}

/** The text of an output's schema as that of the output inside an object. References point to what they pointed to. */
export function wrapOutputSchema(schema: string): string {
  // The dialect is that of the whole document, and is looked for at its root only.
  const dialect = findJsonValue(schema, ['$schema']);
  const declared = dialect === undefined ? '' : `"$schema":${schema.slice(dialect.start, dialect.end)},`;
  const moved = editJson(schema, movedReferences(schema));
  return `{${declared}"type":"object","properties":{"result":${moved}},"required":["result"]}`;
}

/** One pass over the text: schemas can be large, and nested as deeply as their author likes. */
function movedReferences(schema: string): JsonEdit[] {
  const edits: JsonEdit[] = [];
  const frames: Frame[] = [];
  const structure = /["{}[\],]/g;
  for (let match = structure.exec(schema); match !== null; match = structure.exec(schema)) {
    const start = match.index;
    if (match[0] === '"') {
      structure.lastIndex = endOfString(schema, start);
      onString(frames.at(-1)!, schema.slice(start, structure.lastIndex), start, edits);
    } else {
      onStructure(frames, match[0], edits);
    }
  }
  return edits;
}

function onStructure(frames: Frame[], character: string, edits: JsonEdit[]): void {
  const frame = frames.at(-1);
  switch (character) {
    case '{':
    case '[':
      frames.push({
        isArray: character === '[', role: frame === undefined ? 'schema' : roleInside(frame),
        editsBefore: edits.length, key: undefined, isOtherDocument: false,
      });
      break;
    case ',':
      frame!.key = undefined;
      break;
    default:
      frames.pop();
      if (frame!.isOtherDocument) {
        edits.length = frame!.editsBefore;
      }
  }
}

function roleInside({ isArray, key, role }: Frame): SchemaRole {
  return isArray ? role : roleOf(key!, role);
}

function onString(frame: Frame, token: string, start: number, edits: JsonEdit[]): void {
  if (frame.key === undefined) {
    frame.key = JSON.parse(token) as string;
  } else if (frame.role === 'schema' && (frame.key === '$id' || REFERENCES.has(frame.key))) {
    const value = JSON.parse(token) as string;
    if (frame.key === '$id') {
      frame.isOtherDocument = !value.startsWith('#');
    } else if (value === '#' || value.startsWith('#/')) {
      edits.push({ start, end: start + token.length, value: JSON.stringify(POINTER + value.slice(1)) });
    }
  }
}
