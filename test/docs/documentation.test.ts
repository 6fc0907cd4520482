import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { codeBlocks, documentationFiles, localLinks, ROOT } from './markdown';

const files = documentationFiles();
const blocks = files.flatMap(codeBlocks);

describe('documentation', () => {
  test('every ts block compiles', () => {
    // Inside the repository, so that imports are resolved as a reader's would be.
    const folder = join(ROOT, 'node_modules', '.cache', 'documentation');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const programs = blocks.filter(({ language }) => language === 'ts').map((block) => {
      const path = join(folder, `${block.file.replaceAll(/\W/g, '-')}-${block.line}.ts`);
      writeFileSync(path, block.text);
      return path;
    });
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.dev.json'), (path) => readFileSync(path, 'utf8')) as {
      config: { compilerOptions: Record<string, unknown> };
    };
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
    const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram(programs, options));
    expect(programs.length).toBeGreaterThan(0);
    expect(diagnostics.map((found) => `${found.file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(found.messageText, '\n')}`))
      .toEqual([]);
  });

  const commands = blocks.filter(({ language, marks }) => language === 'sh' && marks.includes('run'));
  test.each(commands)('$file:$line runs', ({ text }) => {
    execFileSync('bash', ['-euo', 'pipefail', '-c', text], { cwd: ROOT, stdio: 'pipe' });
  });

  test.each(files)('%s links to files that exist', (file) => {
    const broken = localLinks(file).filter((target) =>
      !existsSync(join(ROOT, dirname(file), target.replaceAll('\\', ''))));
    expect(broken).toEqual([]);
  });

  test('every alert has its runbook', () => {
    const runbooks = readFileSync(join(ROOT, 'lib', 'contract', 'alerts.ts'), 'utf8').match(/'MCP\w+'/g)!
      .map((name) => `docs/runbooks/${name.slice(1, -1).toLowerCase()}.md`);
    expect(runbooks.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  test('API.md is what the docstrings say', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-api-'));
    try {
      const file = join(folder, 'API.md');
      execFileSync(process.execPath, [join(ROOT, 'node_modules', 'jsii-docgen', 'bin', 'jsii-docgen'), '.jsii', '-o', file], {
        cwd: ROOT, stdio: 'pipe', env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' },
      });
      expect(readFileSync(join(ROOT, 'API.md'), 'utf8'), 'run npm run docgen').toBe(readFileSync(file, 'utf8'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 120_000);
});
