import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toOneLine } from '../mcp/json-rpc';
import { encodePrimingEvent, encodeSseEvent, SSE_KEEP_ALIVE, SseParser } from '../mcp/sse';
import { LineReader } from '../proxy/line-reader';
import { FUZZ_TIMEOUT_MS, fuzzRuns } from './testing/fuzz-runs';

/** The ways in which messages travel: whatever cuts the bytes, the same messages arrive. */

const anyText = fc.tuple(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t', '\r\n')).map(([value, indent]) =>
  JSON.stringify(value, null, indent === '\r\n' ? 2 : indent).replaceAll('\n', indent === '\r\n' ? '\r\n' : '\n'));

const anyPlaces = fc.array(fc.nat(), { maxLength: 30 });

/** Cuts bytes at arbitrary places, inside characters and line ends too. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const borders = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
}

describe('messages as lines', () => {
  it('arrive whole, however the bytes are cut', () => {
    fc.assert(fc.property(fc.array(anyText), anyPlaces, (texts, places) => {
      const lines: string[] = [];
      const keep = (line: string) => lines.push(line);
      const reader = new LineReader({ limit: 1_000_000, onLine: keep, onTooLong: keep });
      const bytes = Buffer.from(texts.map((text) => `${toOneLine(text)}\n`).join(''));
      cut(bytes, places).forEach((chunk) => reader.push(chunk));
      reader.end();
      expect(lines.map((line) => JSON.parse(line) as unknown))
        .toEqual(texts.map((text) => JSON.parse(text) as unknown));
    }), fuzzRuns(300));
  }, FUZZ_TIMEOUT_MS);

  it('of any bytes are the same however these are cut, and none is longer than the limit', () => {
    const anyLimit = fc.integer({ min: 1, max: 40 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), anyPlaces, anyLimit, (bytes, places, limit) => {
      const read = (chunks: Buffer[]) => {
        const lines: string[] = [];
        const tooLong: number[] = [];
        const reader = new LineReader({
          limit, onLine: (line) => lines.push(line), onTooLong: () => tooLong.push(lines.length),
        });
        chunks.forEach((chunk) => reader.push(chunk));
        reader.end();
        return { lines, tooLong };
      };
      const input = Buffer.from(bytes.map((byte) => byte % 7 === 0 ? 10 : byte));
      const whole = read([input]);
      expect(read(cut(input, places))).toEqual(whole);
      const expected = input.toString('latin1').split('\n');
      expect(whole.lines.length + whole.tooLong.length).toBe(expected.length - (expected.at(-1) === '' ? 1 : 0));
      expect(whole.tooLong).toHaveLength(expected.filter((line) => line.length > limit).length);
    }), fuzzRuns(500));
  }, FUZZ_TIMEOUT_MS);
});

describe('messages as events', () => {
  it('arrive whole with their ids, however the bytes are cut and whatever is between', () => {
    const anyEvent = fc.record({ text: anyText, id: fc.option(fc.base64String({ minLength: 1 }), { nil: undefined }) });
    const anyNoise = fc.constantFrom('', SSE_KEEP_ALIVE, ':\n\n', 'retry: 5\n\n', '\n', '\r\n');
    fc.assert(fc.property(fc.array(fc.tuple(anyEvent, anyNoise)), anyPlaces, (events, places) => {
      const parser = new SseParser();
      const stream = events.map(([{ text, id }, noise]) => noise + encodeSseEvent(text, id)).join('');
      const found = cut(Buffer.from(stream), places).flatMap((chunk) => parser.push(chunk));
      expect(found.map(({ data, id }) => ({ value: JSON.parse(data) as unknown, id })))
        .toEqual(events.map(([{ text, id }]) => ({ value: JSON.parse(text) as unknown, id })));
    }), fuzzRuns(300));
  }, FUZZ_TIMEOUT_MS);

  it('follow one that only has an id', () => {
    fc.assert(fc.property(anyText, anyPlaces, (text, places) => {
      const parser = new SseParser();
      const stream = Buffer.from(encodePrimingEvent('0', 1000) + encodeSseEvent(text, '1'));
      expect(cut(stream, places).flatMap((chunk) => parser.push(chunk)).map(({ id }) => id)).toEqual(['0', '1']);
    }), fuzzRuns(100));
  }, FUZZ_TIMEOUT_MS);

  it('of any bytes are the same however these are cut', () => {
    const anyPart = fc.constantFrom(...'data: id\r\n\0:\ufeff€x'.split(''), 'data:', '\n\n', 'id: ');
    fc.assert(fc.property(fc.array(anyPart), anyPlaces, (parts, places) => {
      const bytes = Buffer.from(parts.join(''));
      const [whole, pieces] = [new SseParser(), new SseParser()];
      expect(cut(bytes, places).flatMap((chunk) => pieces.push(chunk))).toEqual(whole.push(bytes));
    }), fuzzRuns(500));
  }, FUZZ_TIMEOUT_MS);
});
