import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader } from './line-reader';

function read(chunks: Buffer[], limit = 1000) {
  const lines: string[] = [];
  const tooLong: string[] = [];
  const reader = new LineReader({
    limit,
    onLine: (line) => lines.push(line),
    onTooLong: (beginning) => tooLong.push(beginning),
  });
  chunks.forEach((chunk) => reader.push(chunk));
  reader.end();
  return { lines, tooLong };
}

describe('LineReader', () => {
  it('finds the same lines whatever the chunks', () => {
    const line = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\n'));
    fc.assert(fc.property(fc.array(line), fc.array(fc.nat()), (lines, places) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const borders = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const chunks = borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
      expect(read(chunks)).toEqual({ lines, tooLong: [] });
    }));
  });

  it('takes a last line without a line feed', () => {
    expect(read([Buffer.from('a\nb')]).lines).toEqual(['a', 'b']);
  });

  it('skips the rest of a line that is too long, and says how it began', () => {
    const chunks = ['12345', '67890', '12\nok', 'ay\n'].map((text) => Buffer.from(text));
    expect(read(chunks, 8)).toEqual({ lines: ['okay'], tooLong: ['12345678'] });
  });

  it('admits a line of exactly the limit', () => {
    expect(read([Buffer.from('12345678\n')], 8)).toEqual({ lines: ['12345678'], tooLong: [] });
  });
});
