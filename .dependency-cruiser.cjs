/** The architecture's boundaries (ARCHITECTURE.md), checked in `npm test`. */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'library-without-programs',
      comment: 'The construct library never imports the programs.',
      severity: 'error', from: { path: '^lib/' }, to: { path: '^runtime/' },
    },
    {
      name: 'programs-know-the-contract-only',
      comment: 'Of the library, the programs import nothing but the contract.',
      severity: 'error', from: { path: '^runtime/' }, to: { path: '^lib/', pathNot: '^lib/contract/' },
    },
    {
      name: 'contract-stands-alone',
      severity: 'error', from: { path: '^lib/contract/' }, to: { path: '^(lib|runtime)/', pathNot: '^lib/contract/' },
    },
    {
      name: 'platform-knows-no-program',
      comment: 'What all programs share knows none of them.',
      severity: 'error', from: { path: '^runtime/src/(platform|mcp)/' },
      to: { path: '^runtime/src/', pathNot: '^runtime/src/(platform|mcp)/' },
    },
    {
      name: 'bridge-stands-on-messages',
      comment: 'The bridge knows messages alone, so that any program can use it.',
      severity: 'error', from: { path: '^runtime/src/bridge/', pathNot: '\\.test\\.ts$|/testing/' },
      to: { path: '^(lib|runtime)/', pathNot: '^runtime/src/(bridge|mcp)/' },
    },
    {
      name: 'programs-do-not-know-each-other',
      comment: 'Proxy, gateway and registry share code through platform, mcp, auth and policy only. Tests put them together.',
      severity: 'error',
      from: { path: '^runtime/src/(proxy|gateway|registry)/', pathNot: '\\.test\\.ts$|/testing/' },
      to: { path: '^runtime/src/(proxy|gateway|registry|local|commands)/', pathNot: '^runtime/src/$1/' },
    },
    {
      name: 'message-code-is-pure',
      comment: 'Message handling opens no socket, file or process.',
      severity: 'error', from: { path: '^runtime/src/(mcp|bridge)/', pathNot: '\\.test\\.ts$|/testing/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer|crypto|string_decoder)$' },
    },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: ['\\.d\\.ts$', '\\.test\\.ts$'] }, to: {} },
    {
      name: 'no-undeclared-packages', severity: 'error', from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.dev.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
