import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JSON_TYPE, SSE_TYPE } from '../../mcp/headers';
import { SseParser, encodeSseEvent } from '../../mcp/sse';
import { UnusableAnswer, answerBody, type MessageRewrite } from './answer-body';

/** What comes out when these chunks go in, and what was observed meanwhile. */
function pass(type: string | undefined, chunks: (string | Buffer)[], rewrite?: MessageRewrite) {
  const observed: string[] = [];
  const body = answerBody(type, { observe: (message) => observed.push(message.toString()), rewrite });
  const out = [...chunks.map((chunk) => body.push(Buffer.from(chunk))), body.end()];
  return { out: out.map(String), text: Buffer.concat(out.map((part) => Buffer.from(part))).toString(), observed };
}

/** The text in pieces of random lengths, cut through characters too. */
const cut = (text: string) => fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }).map((lengths) => {
  const chunks: Buffer[] = [];
  let rest = Buffer.from(text);
  for (let index = 0; rest.length > 0; index++) {
    const length = lengths[index % lengths.length]!;
    chunks.push(rest.subarray(0, length));
    rest = rest.subarray(length);
  }
  return chunks;
});

const louder: MessageRewrite = (message) => message.replaceAll('quiet', 'LOUD');

describe('a JSON answer', () => {
  it('passes at once, and is seen as a whole', () => {
    const { out, observed } = pass(JSON_TYPE, ['{"a":', '1}']);
    expect(out).toEqual(['{"a":', '1}', '']);
    expect(observed).toEqual(['{"a":1}']);
  });

  it('passes unseen when it is long', () => {
    const long = 'x'.repeat(600_000);
    const { text, observed } = pass(JSON_TYPE, [long, long]);
    expect(text).toHaveLength(1_200_000);
    expect(observed).toEqual([]);
  });

  it('is held until it can be rewritten', () => {
    const { out } = pass('application/json; charset=utf-8', ['{"a":"qu', 'iet"}'], louder);
    expect(out).toEqual(['', '', '{"a":"LOUD"}']);
  });

  it('may be empty', () => {
    expect(pass(JSON_TYPE, [], louder).text).toBe('');
  });

  it('is refused when it is too long to be rewritten', () => {
    const body = answerBody(JSON_TYPE, { observe: () => undefined, rewrite: louder });
    expect(() => {
      for (let count = 0; count < 20; count++) {
        body.push(Buffer.alloc(1024 * 1024));
      }
    }).toThrow(UnusableAnswer);
  });
});

describe('a stream of events', () => {
  const stream = 'id: 0\nretry: 500\ndata: \n\n: keep-alive\n\n'
    + 'event: message\nid: 1\ndata: {"say":"quiet ✓"}\n\n' + 'data: {"say":"nothing"}\n\n';

  it('passes byte by byte, and its messages are seen', () => {
    fc.assert(fc.property(cut(stream), (chunks) => {
      const { text, observed } = pass(SSE_TYPE, chunks);
      expect(text).toBe(stream);
      expect(observed).toEqual(['{"say":"quiet ✓"}', '{"say":"nothing"}']);
    }));
  });

  it('is rewritten message by message, wherever it is cut', () => {
    fc.assert(fc.property(cut(stream), (chunks) => {
      const { text, observed } = pass(SSE_TYPE, chunks, louder);
      expect(new SseParser().push(Buffer.from(text)).map(({ id, data }) => [id, data])).toEqual([
        ['0', ''], ['1', '{"say":"LOUD ✓"}'], [undefined, '{"say":"nothing"}'],
      ]);
      expect(observed).toEqual(['{"say":"quiet ✓"}', '{"say":"nothing"}']);
    }));
  });

  it('keeps comments and unchanged events as they are while it is rewritten', () => {
    const parts = [': keep-alive\n\n', 'id: 0\nretry: 500\ndata: \n\n', 'event: message\ndata: {"say":"nothing"}\n\n'];
    expect(pass(SSE_TYPE, parts, louder).out).toEqual([...parts, '']);
  });

  it('never lets a message through whose rewriting fails', () => {
    const body = answerBody(SSE_TYPE, {
      observe: () => undefined,
      rewrite: () => {
        throw new SyntaxError('no JSON');
      },
    });
    expect(() => body.push(Buffer.from(encodeSseEvent('secret')))).toThrow('no JSON');
  });

  it('goes on when a message is too long to be seen', () => {
    const long = encodeSseEvent('x'.repeat(1_100_000));
    expect(pass(SSE_TYPE, [long, encodeSseEvent('{}')]).text).toBe(long + encodeSseEvent('{}'));
  });
});

describe('an answer of another type', () => {
  it.each(['text/plain', undefined])('passes when it is %s', (type) => {
    expect(pass(type, ['Bad', ' Request'])).toMatchObject({ text: 'Bad Request', observed: [] });
  });

  it('does not when it ought to be rewritten, unless it is empty', () => {
    expect(pass('text/html', [], louder).text).toBe('');
    expect(() => pass('text/html', ['<ul><li>secret</ul>'], louder)).toThrow(UnusableAnswer);
  });
});
