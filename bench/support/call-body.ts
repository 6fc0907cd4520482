const BEFORE_TEXT = '{"method":"tools/call","params":{"name":"echo","arguments":{"text":"';
const BEFORE_ID = '"}},"jsonrpc":"2.0","id":';
const END = '}';

/** So many digits an id has at most in a run. */
const ID_DIGITS = 6;
const LINE_LENGTH = 72;

/** The bodies of calls that only differ in their id: what the official SDK sends, field by field. */
export class CallBody {
  /** What comes back: lines of text, escaped as they are in JSON. */
  readonly text: Buffer;
  private readonly beginning: Buffer;

  /** @param bytes of a whole body, give or take the digits of its id */
  constructor(bytes: number, caller: string) {
    const text = textOf(bytes - BEFORE_TEXT.length - BEFORE_ID.length - END.length - ID_DIGITS, caller);
    this.text = Buffer.from(text, 'latin1');
    this.beginning = Buffer.from(BEFORE_TEXT + text + BEFORE_ID, 'latin1');
  }

  /** The parts of one body, and how long they are together. */
  parts(id: number): { readonly parts: readonly [Buffer, string]; readonly length: number } {
    const rest = `${id}${END}`;
    return { parts: [this.beginning, rest], length: this.beginning.length + rest.length };
  }

  /** Whether an answer has the text and the id of a call. */
  isAnsweredBy(answer: Buffer, id: number): boolean {
    const begin = answer.indexOf(this.text.subarray(0, LINE_LENGTH));
    const end = begin + this.text.length;
    if (begin < 0 || end > answer.length || this.text.compare(answer, begin, end) !== 0) {
      return false;
    }
    const isId = new RegExp(`"id":${id}[,}]`);
    return isId.test(answer.toString('latin1', end)) || isId.test(answer.toString('latin1', 0, begin));
  }
}

/** Lines that no other caller sends. */
function textOf(length: number, caller: string): string {
  const line = `${caller}: ${'the quick brown fox jumps over the lazy dog '.repeat(2)}`.slice(0, LINE_LENGTH - 2);
  const text = `${line}\\n`.repeat(Math.ceil(length / LINE_LENGTH)).slice(0, length);
  return text.endsWith('\\') ? `${text.slice(0, -1)}.` : text;
}
