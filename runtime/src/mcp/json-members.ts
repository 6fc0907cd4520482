const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Where a value stands in a JSON text: `json.slice(start, end)`. */
export interface JsonSpan {
  readonly start: number;
  readonly end: number;
}

/** Where one member of a JSON object stands in its text: from its key at `at` to the end of its value. */
export interface JsonMember extends JsonSpan {
  readonly key: string;
  readonly at: number;
}

/** A change of a JSON text: what stands at the span becomes `value`. */
export interface JsonEdit extends JsonSpan {
  readonly value: string;
}

/**
 * The members of the object that starts at `at`, repeated keys included.
 * Finds its way by brackets and quotes only, so values are neither parsed nor copied.
 *
 * @param json text that JSON.parse has accepted; of anything else the answer is undefined
 */
export function jsonMembers(json: string, at = 0): JsonMember[] {
  const members: JsonMember[] = [];
  let position = skipSpace(json, skipSpace(json, at) + 1);
  while (json[position] === '"') {
    const keyEnd = endOfString(json, position);
    const start = skipSpace(json, skipSpace(json, keyEnd) + 1);
    const end = endOfValue(json, start);
    members.push({ key: decodeKey(json.slice(position, keyEnd)), at: position, start, end });
    position = skipSpace(json, end);
    if (json[position] === ',') {
      position = skipSpace(json, position + 1);
    }
  }
  return members;
}

/** Where the elements of the array that starts at `at` stand. See `jsonMembers`. */
export function jsonElements(json: string, at = 0): JsonSpan[] {
  const elements: JsonSpan[] = [];
  let start = skipSpace(json, skipSpace(json, at) + 1);
  while (start < json.length && json[start] !== ']') {
    const end = endOfValue(json, start);
    elements.push({ start, end });
    const next = skipSpace(json, end);
    start = json[next] === ',' ? skipSpace(json, next + 1) : next;
  }
  return elements;
}

/**
 * Where the value at a path stands, or undefined when there is none.
 *
 * @param path keys from the outermost object inwards
 */
export function findJsonValue(json: string, path: readonly string[]): JsonSpan | undefined {
  let at = skipSpace(json, 0);
  let found: JsonSpan | undefined;
  for (const key of path) {
    found = json[at] === '{' ? lastMember(json, at, key) : undefined;
    if (found === undefined) {
      return undefined;
    }
    at = found.start;
  }
  return found ?? { start: at, end: endOfValue(json, at) };
}

/**
 * The text with one value replaced and every other byte as it was: numbers beyond double precision
 * and the order of members reach the receiver as they were sent.
 *
 * @param path keys from the outermost object inwards; without such a member the text is unchanged
 * @param value JSON to put there
 */
export function replaceJsonValue(json: string, path: readonly string[], value: string): string {
  const found = findJsonValue(json, path);
  return found === undefined ? json : editJson(json, [{ ...found, value }]);
}

/**
 * The text with one value set and every other byte as it was. A member that is missing comes last in its object, an
 * object that is missing is made, and what stands in the place of an object gives way to one.
 *
 * @param path keys from the outermost object inwards, one at least
 * @param value JSON to put there
 */
export function setJsonValue(json: string, path: readonly string[], value: string): string {
  let at = skipSpace(json, 0);
  let found: JsonSpan | undefined;
  for (const [depth, key] of path.entries()) {
    if (json[at] !== '{') {
      found ??= { start: at, end: endOfValue(json, at) };
      return editJson(json, [{ ...found, value: nested(path.slice(depth), value) }]);
    }
    const members = jsonMembers(json, at);
    found = members.findLast((candidate) => candidate.key === key);
    if (found === undefined) {
      const end = members.at(-1)?.end ?? at + 1;
      const inserted = `${members.length > 0 ? ',' : ''}${JSON.stringify(key)}:${nested(path.slice(depth + 1), value)}`;
      return editJson(json, [{ start: end, end, value: inserted }]);
    }
    at = found.start;
  }
  return editJson(json, [{ ...found!, value }]);
}

/**
 * The text without the member at a path, however often it is repeated, and every other byte as it was.
 *
 * @param path keys from the outermost object inwards; without such a member the text is unchanged
 */
export function removeJsonValue(json: string, path: readonly string[]): string {
  const edits = removals(json, skipSpace(json, 0), path);
  return edits.length === 0 ? json : editJson(json, edits);
}

/**
 * The text with every element of the array at a path replaced by what `change` makes of its text. Without an array
 * there, the text is unchanged.
 */
export function mapJsonElements(json: string, path: readonly string[], change: (element: string) => string): string {
  const array = findJsonValue(json, path);
  if (array === undefined || json[array.start] !== '[') {
    return json;
  }
  return editJson(json, jsonElements(json, array.start).map(({ start, end }) =>
    ({ start, end, value: change(json.slice(start, end)) })));
}

/** Makes several changes at once. They are in the order of the text, and none overlaps another. */
export function editJson(json: string, edits: readonly JsonEdit[]): string {
  let position = 0;
  const pieces: string[] = [];
  for (const { start, end, value } of edits) {
    pieces.push(json.slice(position, start), value);
    position = end;
  }
  pieces.push(json.slice(position));
  return pieces.join('');
}

/** The last of repeated keys is the one that JSON.parse takes. */
function lastMember(json: string, at: number, key: string): JsonMember | undefined {
  return jsonMembers(json, at).findLast((member) => member.key === key);
}

function nested(path: readonly string[], value: string): string {
  return path.reduceRight((inner, key) => `{${JSON.stringify(key)}:${inner}}`, value);
}

function removals(json: string, at: number, [key, ...deeper]: readonly string[]): JsonEdit[] {
  if (json[at] !== '{') {
    return [];
  }
  const members = jsonMembers(json, at);
  if (deeper.length > 0) {
    return members.filter((member) => member.key === key).flatMap(({ start }) => removals(json, start, deeper));
  }
  const kept = [...members.entries()].filter(([, member]) => member.key !== key);
  if (kept.length === members.length) {
    return [];
  }
  const value = kept.map(([index, member], position) => {
    // What stands between this member and the next one is kept with it, unless it becomes the last.
    const end = position < kept.length - 1 ? members[index + 1]!.at : member.end;
    return json.slice(member.at, end);
  }).join('');
  return [{ start: members[0]!.at, end: members.at(-1)!.end, value }];
}

/** Hardly any key has escapes, and parsing costs many times as much as cutting the quotes off. */
function decodeKey(quoted: string): string {
  return quoted.includes('\\') ? JSON.parse(quoted) as string : quoted.slice(1, -1);
}

function skipSpace(json: string, at: number): number {
  let position = at;
  while (position < json.length && ' \t\r\n'.includes(json[position]!)) {
    position++;
  }
  return position;
}

function endOfValue(json: string, start: number): number {
  switch (json[start]) {
    case '"':
      return endOfString(json, start);
    case '{':
    case '[':
      return endOfContainer(json, start);
    default:
      return indexOf(json, /[,\]}\s]/g, start);
  }
}

/** By character codes: it runs over every byte of large messages. */
function endOfContainer(json: string, start: number): number {
  let depth = 0;
  let position = start;
  do {
    const code = json.charCodeAt(position);
    position = code === QUOTE ? endOfString(json, position) : position + 1;
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth++;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
    }
  } while (depth > 0 && position < json.length);
  return position;
}

/** Where the string that starts with the quote at `start` ends. See `jsonMembers`. */
export function endOfString(json: string, start: number): number {
  let quote = start;
  do {
    quote = json.indexOf('"', quote + 1);
  } while (quote > 0 && isEscaped(json, quote));
  return quote < 0 ? json.length : quote + 1;
}

function isEscaped(json: string, quote: number): boolean {
  let backslashes = 0;
  while (json[quote - backslashes - 1] === '\\') {
    backslashes++;
  }
  return backslashes % 2 === 1;
}

function indexOf(json: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(json)?.index ?? json.length;
}
