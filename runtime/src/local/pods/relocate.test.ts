import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Relocation } from './relocate';

const relocation = new Relocation([
  { mountPath: '/data', localPath: '/local/volumes/data' },
  { mountPath: '/etc/app/', localPath: '/local/config' },
  { mountPath: '/etc/app/policy', localPath: '/local/policy' },
]);

describe('mount paths are rewritten', () => {
  test.each([
    ['/data', '/local/volumes/data'],
    ['/data/', '/local/volumes/data/'],
    ['/data/notes.txt', '/local/volumes/data/notes.txt'],
    ['--root=/data', '--root=/local/volumes/data'],
    ['/data:/data/b', '/local/volumes/data:/local/volumes/data/b'],
    ['file:///data/notes', 'file:///local/volumes/data/notes'],
    ['{"args":["/data","-v"]}', '{"args":["/local/volumes/data","-v"]}'],
    ['args: [/data]\npolicy: /etc/app/policy\n', 'args: [/local/volumes/data]\npolicy: /local/policy\n'],
    ['/etc/app/gateway.yaml', '/local/config/gateway.yaml'],
    ['/etc/app/policy/fleet.cedar', '/local/policy/fleet.cedar'],
    ['/etc/app/policy-old', '/local/config/policy-old'],
  ])('%s', (text, expected) => {
    expect(relocation.rewrite(text)).toBe(expected);
  });
});

describe('other paths are left alone', () => {
  test.each([
    '/database', '/data.txt', '/data-old/x', '/data_2', '/x/data', 'x/data', './data', '/etc/application',
    'http://example.com/data', 'https://data', '~/data', '../data', 'data', '/Data', '/etc', '',
  ])('%s', (text) => {
    expect(relocation.rewrite(text)).toBe(text);
  });
});

test('a replaced path is not replaced again', () => {
  const inTmp = new Relocation([
    { mountPath: '/tmp', localPath: '/tmp/state/tmp' },
    { mountPath: '/tmp/state', localPath: '/tmp/state/inner' },
  ]);
  expect(inTmp.rewrite('/tmp/x /tmp/state/y')).toBe('/tmp/state/tmp/x /tmp/state/inner/y');
});

test('without mounts nothing is rewritten', () => {
  fc.assert(fc.property(fc.string(), (text) => new Relocation([]).rewrite(text) === text));
});

test('a path inside a longer name is never touched', () => {
  const nameCharacter = fc.constantFrom(...Array.from('abcXYZ019._-/~%+'));
  fc.assert(fc.property(nameCharacter, fc.constantFrom(...Array.from('abcXYZ019._-~%+')), (before, after) => {
    expect(relocation.rewrite(`${before}/data`)).toBe(`${before}/data`);
    expect(relocation.rewrite(`/data${after}`)).toBe(`/data${after}`);
  }));
});

test('mount paths are taken literally, not as patterns', () => {
  const odd = new Relocation([{ mountPath: '/a.b+(c)', localPath: '/local' }]);
  expect(odd.rewrite('/a.b+(c)/d /aXb+(c)')).toBe('/local/d /aXb+(c)');
});
