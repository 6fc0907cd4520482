import { expect, onTestFinished, test } from 'vitest';
import { provideUrlParse } from './url-parse';

test('URL.parse exists, also where Node does not have it', () => {
  const url = URL as { parse?: (url: string, base?: string) => URL | null };
  const original = url.parse;
  onTestFinished(() => {
    url.parse = original;
  });
  url.parse = undefined;
  provideUrlParse();
  expect(url.parse!('x', 'http://example.com/a/')?.href).toBe('http://example.com/a/x');
  expect(url.parse!('not a URL')).toBeNull();
});
