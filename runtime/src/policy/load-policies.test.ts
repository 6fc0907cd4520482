import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../platform/usage-error';
import { loadPolicies } from './load-policies';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'policies-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

function permit(subject: string): string {
  return `permit (principal, action, resource) when { principal.subject == "${subject}" };`;
}

/** What is said about the only file in the directory. */
function problemWith(text: string): string {
  const file = write('fleet.cedar', text);
  try {
    loadPolicies(directory);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message.startsWith(file)).toBe(true);
    return (error as Error).message.slice(file.length);
  }
  throw new Error('the policies were accepted');
}

describe('loadPolicies', () => {
  it('reads every file, by annotated ids or by the place in the file', () => {
    write('b.cedar', `@id("named")\n${permit('b0')}\n${permit('b1')}`);
    write('a.cedar', Array.from({ length: 12 }, (_, i) => permit(`a${i}`)).join('\n'));
    write('README.md', 'not a policy');
    const policies = loadPolicies(directory);
    expect(policies.size).toBe(14);
    expect(policies.get('named')).toContain('"b0"');
    expect(policies.get('b.cedar/policy1')).toContain('"b1"');
    for (let i = 0; i < 12; i++) {
      expect(policies.get(`a.cedar/policy${i}`)).toBe(permit(`a${i}`));
    }
  });

  it('reads a mounted ConfigMap, whose files are links', () => {
    mkdirSync(join(directory, '..2026_11_01'));
    write('..2026_11_01/fleet.cedar', permit('alice'));
    symlinkSync('..2026_11_01', join(directory, '..data'));
    symlinkSync('..data/fleet.cedar', join(directory, 'fleet.cedar'));
    expect([...loadPolicies(directory).keys()]).toEqual(['fleet.cedar/policy0']);
  });

  it('accepts that there is none', () => {
    expect(loadPolicies(directory).size).toBe(0);
    write('empty.cedar', '// nothing yet\n');
    expect(loadPolicies(directory).size).toBe(0);
  });

  it('says that the directory cannot be read', () => {
    expect(() => loadPolicies(join(directory, 'nowhere'))).toThrow(/cannot read the policies in .*nowhere: ENOENT/);
  });

  it.each([
    ['a syntax error', `// ünïcödé ${'é'.repeat(99)}\n\npermit (principal, action resource);`,
      /^, line 3: .*unexpected token `resource`; expected .*`,`/],
    ['an attribute that does not exist', `${permit('a')}\npermit (principal, action, resource)\nwhen { principal.email == "a" };`,
      /^, line 3: .*attribute `email` .*not found/],
    ['an action that does not exist', 'permit (principal, action == Mcp::Action::"tools/cal", resource);',
      /^, line 1: .*unrecognized action .*did you mean `Mcp::Action::"tools\/call"`/],
    ['an entity type that does not exist', 'permit (principal == Mcp::Person::"a", action, resource);',
      /^, line 1: .*Mcp::Person/],
    ['a policy that can never apply', 'permit (principal, action == Mcp::Action::"discover", resource == Mcp::Tool::"a/b");',
      /^, line 1: .*policy is impossible/],
    ['a template', 'permit (principal == ?principal, action, resource);', /^: .*template/],
    ['an id that is used twice', `@id("x") ${permit('a')}\n@id("x") ${permit('b')}`, /^: .*id 'x' already/],
  ])('refuses %s', (_, text, message) => {
    expect(problemWith(text)).toMatch(message);
  });

  it('refuses an id that another file uses', () => {
    write('a.cedar', `@id("x") ${permit('a')}`);
    write('b.cedar', `@id("x") ${permit('b')}`);
    expect(() => loadPolicies(directory)).toThrow(/b\.cedar: .*'x' already/);
  });

  it('takes any text as an id', () => {
    write('a.cedar', `@id("__proto__") ${permit('a')}`);
    expect([...loadPolicies(directory).keys()]).toEqual(['__proto__']);
  });
});
