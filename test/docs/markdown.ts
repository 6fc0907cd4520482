import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface CodeBlock {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  /** What follows the language, such as `run`. */
  readonly marks: string[];
  readonly text: string;
}

export function documentationFiles(): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: ROOT, encoding: 'utf8' })
    .trim().split('\n')
    // Generated from docstrings, whose examples are not whole programs.
    .filter((file) => file !== 'API.md');
}

export function codeBlocks(file: string): CodeBlock[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/^ *```(\w+)([^\n]*)\n(.*?)^ *```$/gms)].map((match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1]!,
    marks: match[2]!.trim().split(/\s+/),
    text: match[3]!,
  }));
}

/** Targets of links to files of the repository. */
export function localLinks(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1]!);
}
