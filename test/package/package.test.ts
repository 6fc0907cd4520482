import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

/** A project of somebody else, who installed the package from its archive. */
describe('the package, in an empty project', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-package-'));
  const project = join(folder, 'project');
  let contents: string[];

  const run = (command: string, args: string[], cwd = project) =>
    execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, CDK8S_OUTDIR: '' } });

  beforeAll(() => {
    // What was built when the tests began is what is packed.
    const [packed] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], ROOT)) as
      { filename: string; files: { path: string }[] }[];
    contents = packed!.files.map(({ path }) => path);
    execFileSync('mkdir', [project]);
    writeFileSync(join(project, 'package.json'), '{"private": true}');
    run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund',
      join(folder, packed!.filename), 'cdk8s', 'cdk8s-plus-28', 'constructs']);
  }, 180_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('holds what it needs and nothing else', () => {
    const tops = new Set(contents
      .filter((path) => !path.startsWith('node_modules/'))
      .map((path) => path.split('/').slice(0, path.startsWith('build/') ? 2 : 1).join('/')));
    expect(contents).toContain('build/runtime/main.mjs');
    expect(contents).toContain('build/runtime/cedar_wasm_bg.wasm');
    expect(contents.filter((path) => /\.test\.|\.map$|(?<!\.d)\.ts$/.test(path) && !path.startsWith('node_modules/'))).toEqual([]);
    expect([...tops].filter((path) => !path.startsWith('build/')).sort())
      .toEqual(['.jsii', 'API.md', 'LICENSE', 'README.md', 'bin', 'package.json']);
  });

  test('synthesizes', () => {
    writeFileSync(join(project, 'main.js'), `
      const { App } = require('cdk8s');
      const { GatewayAuth, McpFleet, McpNamespace, McpServer, McpSource, McpTier, Peer } = require('cdk8s-mcp');
      const app = new App({ outdir: 'dist' });
      const auth = GatewayAuth.oidc({ issuer: 'https://auth.example.com', egress: [Peer.cidr('203.0.113.10/32', 443)] });
      const fleet = new McpFleet(app, 'fleet', { host: 'mcp.example.com', auth });
      new McpServer(new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY }), 'files', { source: McpSource.npm('some-server', '1.0.0') });
      app.synth();
    `);
    run(process.execPath, ['main.js']);
    const files = readdirSync(join(project, 'dist'));
    expect(files).toHaveLength(2);
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const system = files.find((file) => file.includes('mcp-system'))!;
    expect(readFileSync(join(project, 'dist', system), 'utf8')).toContain(`image: ghcr.io/cdk8s-mcp/cdk8s-mcp:${version}`);
  });

  test('brings the command', () => {
    expect(run(join(project, 'node_modules', '.bin', 'cdk8s-mcp'), ['--help'])).toContain('cdk8s-mcp');
  });
});
