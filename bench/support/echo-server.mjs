// An MCP server over stdio that does next to nothing, so that what is measured is what stands in front of it. It blocks
// in its reads and writes, has one buffer for each, and does not parse a call: the text of the argument is copied as the
// bytes that it is. Members are in the order in which the official SDK writes them.
import { readSync, writeSync } from 'node:fs';

const STDIN = 0;
const STDOUT = 1;
const LARGEST_MESSAGE = 1024 * 1024;
const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const CLOSING_BRACE = 0x7d;
const CALL = Buffer.from('"tools/call"');
const TEXT = Buffer.from('"text":"');
const ID = Buffer.from('"id":');
const BEFORE_TEXT = Buffer.from('{"result":{"content":[{"type":"text","text":"');
const BEFORE_ID = Buffer.from('"}]},"jsonrpc":"2.0","id":');
const END = Buffer.from('}\n');

const input = Buffer.alloc(LARGEST_MESSAGE);
const output = Buffer.alloc(LARGEST_MESSAGE);

/** Bytes of the input that have come. */
let filled = 0;
for (;;) {
  const count = readSync(STDIN, input, filled, input.length - filled, null);
  if (count === 0) {
    break;
  }
  takeLines(filled + count);
}

/** Answers every line that has come, and keeps what comes behind them. */
function takeLines(end) {
  let begin = 0;
  // What was there before has no end of a line.
  for (let lineFeed = lineFeedFrom(filled, end); lineFeed >= 0; lineFeed = lineFeedFrom(begin, end)) {
    answer(begin, lineFeed);
    begin = lineFeed + 1;
  }
  input.copyWithin(0, begin, end);
  filled = end - begin;
}

function lineFeedFrom(begin, end) {
  const lineFeed = input.indexOf(LINE_FEED, begin);
  return lineFeed < end ? lineFeed : -1;
}

function answer(begin, end) {
  const text = indexWithin(TEXT, begin, end);
  if (text >= 0 && indexWithin(CALL, begin, text) >= 0) {
    echo(begin, text + TEXT.length);
    return;
  }
  const { id, method, params } = JSON.parse(input.toString('utf8', begin, end));
  if (id !== undefined) {
    write(output.write(`${JSON.stringify({ ...outcomeOf(method, params), jsonrpc: '2.0', id })}\n`));
  }
}

function echo(lineBegin, begin) {
  const end = endOfString(begin);
  const id = idOf(lineBegin, begin, end);
  let length = BEFORE_TEXT.copy(output);
  length += input.copy(output, length, begin, end);
  length += BEFORE_ID.copy(output, length);
  length += id.copy(output, length);
  write(length + END.copy(output, length));
}

function write(length) {
  for (let written = 0; written < length;) {
    written += writeSync(STDOUT, output, written, length - written);
  }
}

/** Where the quote is that ends the string: one before which the number of backslashes is even. */
function endOfString(begin) {
  for (let quote = input.indexOf(QUOTE, begin); ; quote = input.indexOf(QUOTE, quote + 1)) {
    let first = quote;
    while (input[first - 1] === BACKSLASH) {
      first--;
    }
    if ((quote - first) % 2 === 0) {
      return quote;
    }
  }
}

/** The id, from before or from behind the text. */
function idOf(lineBegin, textBegin, textEnd) {
  const before = indexWithin(ID, lineBegin, textBegin);
  const begin = (before >= 0 ? before : input.indexOf(ID, textEnd)) + ID.length;
  let end = begin;
  while (input[end] !== COMMA && input[end] !== CLOSING_BRACE) {
    end++;
  }
  return input.subarray(begin, end);
}

function indexWithin(needle, begin, end) {
  const index = input.subarray(begin, end).indexOf(needle);
  return index < 0 ? index : begin + index;
}

function outcomeOf(method, params) {
  switch (method) {
    case 'initialize':
      return {
        result: {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: 'echo', version: '1.0.0' },
        },
      };
    case 'tools/list':
      return {
        result: {
          tools: [{
            name: 'echo',
            inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
          }],
        },
      };
    case 'ping':
      return { result: {} };
    default:
      return { error: { code: -32601, message: `Method not found: ${method}` } };
  }
}
