import { cdk, javascript, typescript } from 'projen';

/** Both packages of the workspace. */
const COMMON = {
  minNodeVersion: '20.16.0',
  license: 'Apache-2.0',
  copyrightOwner: 'the cdk8s-mcp authors',
  defaultReleaseBranch: 'main',
  packageManager: javascript.NodePackageManager.NPM,
  typescriptVersion: '~5.9.3',
  // Tests, lint and release are set up below, by tools of our own choice (docs/adr).
  jest: false,
  eslint: false,
  github: false,
  release: false,
  package: false,
  buildWorkflow: false,
  depsUpgrade: false,
  sampleCode: false,
  npmignoreEnabled: false,
};

const project = new cdk.JsiiProject({
  ...COMMON,
  name: 'cdk8s-mcp',
  description: 'Run a fleet of MCP servers on Kubernetes from a few lines of TypeScript.',
  author: 'cdk8s-mcp',
  authorAddress: 'https://cdk8s-mcp.dev',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk8s-mcp/cdk8s-mcp.git',
  keywords: ['cdk8s', 'constructs', 'kubernetes', 'mcp', 'model-context-protocol', 'gateway'],

  // Compiled output never lies beside its source: tests would run stale code.
  srcdir: 'lib',
  libdir: 'build',
  entrypoint: 'build/index.js',

  npmAccess: javascript.NpmAccess.PUBLIC,
  jsiiVersion: '~6.0.16',
  projenVersion: '0.103.25',
  projenrcTs: true,

  peerDeps: ['cdk8s@^2.70.0', 'cdk8s-plus-28@^2.5.6', 'constructs@^10.3.0'],
  // Developed against current releases; jsii would rather have the oldest that a user may have.
  peerDependencyOptions: { pinnedDevDependency: false },
  bundledDeps: ['yaml@^2.9.1', 'zod@^4.6.7'],
  devDeps: [
    // language and build
    'cdk8s@^2.70.106', 'cdk8s-plus-28@^2.5.6', 'constructs@^10.8.1', 'cdk8s-cli@^2.207.60',
    'tsx@^4.23.15', 'ts-node@^10.9.2', 'esbuild@^0.28.2', '@types/node@^20', 'jsii-docgen@^10.12.6',
    // tests
    'vitest@^4.1.12', 'fast-check@^4.10.2', 'ajv@^8.20.0', 'ajv-formats@^3.0.1',
    '@kubernetes-models/prometheus-operator@^4.4.4', 'jose@^6.2.18', 'pino@^10.4.0', 'undici@^7', '@cedar-policy/cedar-wasm@^4.13.0',
    // lint
    'eslint@^9.39.5', '@eslint/js@^9.39.5', 'typescript-eslint@^8.73.0', 'dependency-cruiser@^17.4.3', 'knip@^6.44.2',
    // the clients and servers that the examples and end-to-end tests use
    '@modelcontextprotocol/sdk@^1.32.2', '@modelcontextprotocol/client@^2.4.0', '@modelcontextprotocol/server@^2.4.0',
    '@modelcontextprotocol/server-everything@2026.8.31',
    '@modelcontextprotocol/server-filesystem@2026.8.31',
    '@modelcontextprotocol/server-memory@2026.8.31',
    '@modelcontextprotocol/server-sequential-thinking@2026.8.31',
  ],
  gitignore: ['/build/', '/examples/*/dist/', '.venv/', 'coverage/'],
});

const runtime = new typescript.TypeScriptProject({
  ...COMMON,
  parent: project,
  outdir: 'runtime',
  name: 'cdk8s-mcp-runtime',
  description: 'The programs in the cdk8s-mcp image: proxy, gateway, registry and the local run.',
  entrypoint: '',
  // All of it is bundled into build/runtime by esbuild, so nothing here reaches users as a dependency.
  devDeps: [
    '@cedar-policy/cedar-wasm@^4.13.0', // policy engine
    'commander@^14', // argument parsing; 15 needs Node 22
    'jose@^6.2.18', // JWT, JWKS, JWE
    'lru-cache@^11', // bounded caches
    'oidc-provider@^9.13.3', '@types/oidc-provider@^9.12.1', // the development identity provider
    'pino@^10.4.0', // structured logs
    'prom-client@^15.1.3', // metrics
    'undici@^7', // HTTP client; 8 needs Node 22
    'yaml@^2.9.1', 'zod@^4.6.7',
    '@types/node@^20',
  ],
  tsconfig: {
    include: ['src/**/*.ts', '../lib/contract/**/*.ts'],
    compilerOptions: {
      noEmit: true,
      rootDir: '..',
      module: 'ESNext',
      moduleResolution: javascript.TypeScriptModuleResolution.BUNDLER,
      target: 'ES2023',
      lib: ['ES2023'],
      declaration: false,
      esModuleInterop: true,
      skipLibCheck: true,
      verbatimModuleSyntax: true,
      noUncheckedIndexedAccess: true,
    },
  },
  disableTsconfigDev: true,
});
// The root's tasks build and test the workspace; it needs none of its own.
for (const unused of ['build', 'watch', 'default', 'pre-compile', 'compile', 'post-compile', 'test', 'package']) {
  runtime.removeTask(unused);
}
for (const unused of ['README.md', 'LICENSE', '.gitattributes', '.npmrc']) {
  runtime.tryRemoveFile(unused);
}
runtime.package.addField('private', true);
runtime.package.addField('type', 'module');

// ---- package: an allow-list, the command, and what may be imported from it
project.package.addField('files', ['build', '!build/*.json', '!build/conformance', '!build/**/*.map', 'bin', 'API.md', '.jsii']);
project.package.addField('bin', { 'cdk8s-mcp': 'bin/cdk8s-mcp.mjs' });
project.package.addField('exports', {
  '.': { types: './build/index.d.ts', default: './build/index.js' },
  './package.json': './package.json',
  './.jsii': './.jsii',
});
project.package.addField('workspaces', ['runtime']);

// ---- one configuration type-checks what is not compiled by jsii: tests, examples, benchmarks
for (const folder of ['test', 'projenrc']) {
  project.tryRemoveFile(`${folder}/tsconfig.json`);
}
new javascript.TypescriptConfig(project, {
  fileName: 'tsconfig.dev.json',
  include: ['.projenrc.ts', 'vitest.config.mts', 'lib/**/*.ts', 'test/**/*.ts', 'examples/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts'],
  exclude: ['node_modules'],
  compilerOptions: {
    noEmit: true,
    module: 'ESNext',
    moduleResolution: javascript.TypeScriptModuleResolution.BUNDLER,
    target: 'ES2022',
    lib: ['ES2023'],
    types: ['node'],
    strict: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    noImplicitReturns: true,
    esModuleInterop: true,
    skipLibCheck: true,
    noUncheckedIndexedAccess: true,
    paths: { 'cdk8s-mcp': ['./lib/index.ts'] },
  },
});

// ---- tasks
const task = (name: string, description: string, ...steps: string[]) => {
  const created = project.tasks.tryFind(name) ?? project.addTask(name);
  created.description = description;
  created.reset();
  for (const step of steps) {
    created.exec(step, { receiveArgs: steps.length === 1 });
  }
};

project.tasks.addEnvironment('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '20');
// Other languages than TypeScript are not published yet, so jsii-pacmak and its kin have nothing to do.
for (const unused of ['jsii-pacmak', 'jsii-rosetta', 'jsii-diff']) {
  project.deps.removeDependency(unused);
}
for (const unused of ['build', 'compat', 'package', 'package-all', 'package:js', 'watch', 'pre-compile', 'post-compile']) {
  project.removeTask(unused);
}
task('clean', 'Remove what was compiled and bundled', 'node scripts/clean.mjs');
// JSII6: developed against current releases of the peers, not the oldest (above).
task('compile', 'Compile the construct library to build/', 'jsii --silence-warnings=reserved-word --silence-warnings=JSII6');
task('bundle', 'Bundle the programs to build/runtime/', 'node runtime/bundle.mjs');
task('docgen', 'Generate API.md from the docstrings', 'jsii-docgen .jsii -o API.md');
task('typecheck', 'Type-check tests, examples and programs',
  'tsc --noEmit -p tsconfig.dev.json', 'tsc --noEmit -p runtime/tsconfig.json');
task('lint', 'Check style, module boundaries and dead code',
  'eslint --max-warnings 0 .', 'depcruise --config .dependency-cruiser.cjs lib runtime/src', 'knip');
task('test', 'Compile, type-check, lint, then run every test but the slow ones');
for (const before of ['compile', 'bundle', 'typecheck', 'lint']) {
  project.tasks.tryFind('test')!.spawn(project.tasks.tryFind(before)!);
}
project.tasks.tryFind('test')!.exec('vitest run', { receiveArgs: true });
task('bench', 'Measure CPU per call of proxy and gateway beside bare node:http', 'node --import tsx bench/calls.ts');
task('bench:assertions', 'Measure what it costs to say and to check who calls', 'node --import tsx bench/assertions.ts');
task('bench:quickstart', 'Measure synthesis and start of the quickstart', 'node --import tsx bench/quickstart.ts');
task('examples', 'Synthesize every example to examples/NAME/dist/', 'node scripts/synth-examples.mjs');

// Not tasks: projen would not pass Ctrl-C on.
project.package.setScript('quickstart', 'node --import tsx examples/quickstart/quickstart.ts');
project.package.setScript('conformance', 'node --import tsx test/conformance/main.ts');
project.package.setScript('bench:proxy', 'node --import tsx bench/proxy.ts');
project.package.setScript('shim', 'node runtime/shim/build.mjs');
project.package.setScript('test:shim', 'node runtime/shim/test.mjs');

// `prepare` runs on `npm ci` in a checkout and before `npm pack`, never in a user's project.
project.package.setScript('prepare', 'projen clean && npm run --silent compile && npm run --silent bundle');

project.synth();
