// Bundles the programs to build/runtime/. ESM with splitting: a command loads only what it needs.
import { build } from 'esbuild';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..');
const outdir = join(root, 'build', 'runtime');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: { main: join(here, 'src', 'main.ts') },
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  legalComments: 'linked',
  sourcemap: true,
  logLevel: 'warning',
  define: { CDK8S_MCP_VERSION: JSON.stringify(version) },
  // Some dependencies are CommonJS and call require() for Node's own modules.
  banner: {
    js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);'
      + 'import{fileURLToPath as __toPath}from"node:url";const __filename=__toPath(import.meta.url);'
      + 'import{dirname as __dirnameOf}from"node:path";const __dirname=__dirnameOf(__filename);',
  },
});

// Cedar reads its WebAssembly from beside its own code.
const require = createRequire(join(here, 'package.json'));
copyFileSync(
  join(dirname(require.resolve('@cedar-policy/cedar-wasm/nodejs')), 'cedar_wasm_bg.wasm'),
  join(outdir, 'cedar_wasm_bg.wasm'),
);
