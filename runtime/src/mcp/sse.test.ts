import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSseEvent, SSE_KEEP_ALIVE, SseEventTooLarge, SseParser } from './sse';

function parse(text: string, limit?: number) {
  return new SseParser(limit).push(Buffer.from(text));
}

/** Cuts bytes at arbitrary places, inside characters and line ends too. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const borders = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
}

describe('encodeSseEvent', () => {
  it('carries any JSON text to any reader, however it is cut', () => {
    fc.assert(fc.property(
      fc.array(fc.record({ value: fc.jsonValue(), indent: fc.constantFrom(0, 2) })),
      fc.array(fc.nat()),
      (messages, places) => {
        const stream = messages.map(({ value, indent }) => encodeSseEvent(JSON.stringify(value, null, indent)));
        const parser = new SseParser();
        const events = cut(Buffer.from(stream.join(SSE_KEEP_ALIVE)), places).flatMap((chunk) => parser.push(chunk));
        expect(events.map((event) => JSON.parse(event.data) as unknown))
          .toEqual(messages.map(({ value }) => JSON.parse(JSON.stringify(value)) as unknown));
      },
    ));
  });

  it('makes line breaks between tokens harmless', () => {
    expect(encodeSseEvent('{\r\n"a":1}')).toBe('data: {  "a":1}\n\n');
  });

  it('names the event when it has an id', () => {
    expect(parse(encodeSseEvent('{}', '7'))).toEqual([{ data: '{}', id: '7' }]);
  });
});

describe('SseParser', () => {
  it('finds the same events whatever the line ends and the chunks', () => {
    const text = 'event: message\nid: 1\ndata: a\ndata:b\n\n: comment\n\ndata: ü€😀\n\n';
    const expected = [{ data: 'a\nb', id: '1', event: 'message' }, { data: 'ü€😀' }];
    fc.assert(fc.property(fc.constantFrom('\n', '\r', '\r\n'), fc.array(fc.nat()), (lineEnd, places) => {
      const parser = new SseParser();
      const bytes = Buffer.from(text.replaceAll('\n', lineEnd));
      expect(cut(bytes, places).flatMap((chunk) => parser.push(chunk))).toEqual(expected);
    }));
  });

  it('drops events without data and keeps those with empty data', () => {
    expect(parse('id: 1\n\ndata\n\ndata: x\n\n')).toEqual([{ data: '' }, { data: 'x' }]);
  });

  it('takes one space after the colon away, and ignores what it does not know', () => {
    expect(parse('retry: 10\ndata:  x\nid: a\0b\nother\n\n')).toEqual([{ data: ' x' }]);
  });

  it('does not end an event before its empty line', () => {
    expect(parse('data: x\n')).toEqual([]);
  });

  it('refuses to hold more than its limit, in one line or in many', () => {
    expect(() => parse(`data: ${'x'.repeat(50)}`, 40)).toThrow(SseEventTooLarge);
    expect(() => parse('data: xxxxxxxxxx\n'.repeat(5), 40)).toThrow(SseEventTooLarge);
    expect(parse('data: xxxxxxxxxx\n\n'.repeat(5), 40)).toHaveLength(5);
  });
});
