import { describe, expect, it } from 'vitest';
import { UnsentMessages } from './unsent-messages';

describe('UnsentMessages', () => {
  it('gives away what it was given, in order and once', () => {
    const unsent = new UnsentMessages(100);
    expect(unsent.push('a')).toBe(0);
    expect(unsent.push('b')).toBe(0);
    expect(unsent.take()).toEqual(['a', 'b']);
    expect(unsent.take()).toEqual([]);
  });

  it('lets the oldest give way', () => {
    const unsent = new UnsentMessages(10);
    unsent.push('aaaa');
    unsent.push('bbbb');
    expect(unsent.push('cccc')).toBe(1);
    expect(unsent.push('dddddddddd')).toBe(2);
    expect(unsent.push('x'.repeat(11))).toBe(2);
    expect(unsent.take()).toEqual([]);
  });
});
