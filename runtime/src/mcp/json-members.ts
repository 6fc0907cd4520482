/** Where one member of a JSON object stands in its text: `json.slice(start, end)` is the value. */
export interface JsonMember {
  readonly key: string;
  readonly start: number;
  readonly end: number;
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
    members.push({ key: JSON.parse(json.slice(position, keyEnd)) as string, start, end });
    position = skipSpace(json, end);
    if (json[position] === ',') {
      position = skipSpace(json, position + 1);
    }
  }
  return members;
}

/**
 * The text with one value replaced and every other byte as it was: numbers beyond double precision
 * and the order of members reach the receiver as they were sent.
 *
 * @param path keys from the outermost object inwards; without such a member the text is unchanged
 * @param value JSON to put there
 */
export function replaceJsonValue(json: string, path: readonly string[], value: string): string {
  let at = 0;
  let found: JsonMember | undefined;
  for (const key of path) {
    // The last of repeated keys is the one that JSON.parse takes.
    found = jsonMembers(json, at).findLast((member) => member.key === key);
    if (found === undefined) {
      return json;
    }
    at = found.start;
  }
  return found === undefined ? json : json.slice(0, found.start) + value + json.slice(found.end);
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

function endOfContainer(json: string, start: number): number {
  const structure = /["[\]{}]/g;
  let depth = 0;
  let position = start;
  do {
    position = indexOf(json, structure, position);
    if (json[position] === '"') {
      position = endOfString(json, position);
    } else {
      depth += json[position] === '{' || json[position] === '[' ? 1 : -1;
      position++;
    }
  } while (depth > 0 && position < json.length);
  return position;
}

function endOfString(json: string, start: number): number {
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
