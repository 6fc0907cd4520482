import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { UsageError } from '../platform/usage-error';
import { findPackageProgram } from './npm-package';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'npm-package-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
});

function install(name: string, manifest: object): void {
  const folder = join(directory, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.2.3', ...manifest }));
}

const find = (name: string, version = '1.2.3', from = directory) => findPackageProgram(name, version, from);

describe('findPackageProgram', () => {
  it('finds the only program, from a folder below too', () => {
    install('@example/files', { bin: { 'mcp-files': 'dist/index.js' }, exports: './other.js' });
    const program = join(directory, 'node_modules', '@example/files', 'dist/index.js');
    expect(find('@example/files')).toBe(program);
    const below = join(directory, 'a', 'b');
    mkdirSync(below, { recursive: true });
    expect(find('@example/files', '1.2.3', below)).toBe(program);
  });

  it('takes the program of the package\'s own name from several', () => {
    install('@example/files', { bin: { other: 'other.js', files: 'files.js' } });
    expect(find('@example/files')).toMatch(/files\.js$/);
    install('plain', { bin: 'plain.js' });
    expect(find('plain')).toMatch(/plain\.js$/);
  });

  it('says what to do when it cannot be run', () => {
    install('library', {});
    install('several', { bin: { a: 'a.js', b: 'b.js' } });
    const message = (name: string, version?: string) => {
      try {
        return find(name, version);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        return (error as Error).message;
      }
    };
    expect(message('absent')).toContain('run npm install absent@1.2.3');
    expect(message('library', '2.0.0')).toContain('is installed in version 1.2.3, but the configuration pins 2.0.0');
    expect(message('library')).toContain('configure connector.command');
    expect(message('several')).toContain('configure connector.command');
  });
});
