/** A string literal of Cedar: quotes, backslashes and control characters are escaped as in Rust. */
export function cedarString(text: string): string {
  const escaped = text.replace(/["\\]|\p{Cc}/gu, (character) =>
    character === '"' || character === '\\' ? `\\${character}` : `\\u{${character.charCodeAt(0).toString(16)}}`);
  return `"${escaped}"`;
}
