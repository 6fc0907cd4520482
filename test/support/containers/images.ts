import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';
import { z } from 'zod';
import { SHIM_IN_IMAGE } from '../../../lib/contract/shim';
import { DEFAULT_IMAGE_REPOSITORY, companionImage } from '../../../lib/workload/version';
import { findTool } from '../tools';
import { Podman } from './podman';
import { buildStaticServer, type ContainerTools } from './programs';
import { RootFileSystem } from './root-file-system';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const NODE = '/usr/local/bin/node';
const PACKAGES = '/usr/local/lib/site-packages';
/** What Python does not need to serve, and what other tests have installed beside the server. */
const UNWANTED = /\/(test|tests|idlelib|ensurepip|tkinter|turtledemo|lib2to3|config-[^/]+|pip|setuptools|kubernetes_validate)$/;

/** An image of a server, and the command in it that a user would give. */
export interface ServerImage {
  readonly name: string;
  readonly command: string[];
}

/** Image of our programs, by the name that manifests give it. */
export const COMPANION_IMAGE = companionImage(DEFAULT_IMAGE_REPOSITORY);

/** Image with one static file: neither a shell nor anything else. */
export const STATIC_IMAGE: ServerImage = { name: 'localhost/static:test', command: ['/server'] };

/** As images of Node are: the server is the fixture of other tests, in one file. */
export const NODE_IMAGE: ServerImage = { name: 'localhost/node:test', command: ['node', '/app/dist/index.mjs'] };

/** As images of Python are: Python in /usr/local, with packages beside its library. */
export const PYTHON_IMAGE: ServerImage = {
  name: 'localhost/python:test', command: ['python', '-m', 'mcp_server_time', '--local-timezone', 'Etc/UTC'],
};

const BUILDERS: Record<string, (root: RootFileSystem, tools: ContainerTools) => Promise<void> | void> = {
  [COMPANION_IMAGE]: (root, { shim }) => {
    root.addLinkedProgram(process.execPath, NODE).addProgram(shim, SHIM_IN_IMAGE);
    for (const part of ['bin', 'build/runtime']) {
      root.addTree(join(ROOT, part), `/app/${part}`);
    }
  },
  [STATIC_IMAGE.name]: (root, tools) => buildStaticServer(tools, join(root.directory, 'server')),
  [NODE_IMAGE.name]: async (root) => {
    root.addLinkedProgram(process.execPath, NODE);
    await build({
      entryPoints: [join(ROOT, 'test', 'fixtures', 'stdio-server.mjs')],
      outfile: join(root.directory, 'app', 'dist', 'index.mjs'),
      bundle: true, platform: 'node', target: 'node20', format: 'esm', logLevel: 'warning',
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    });
  },
  [PYTHON_IMAGE.name]: addPython,
};

const CHANGES: Record<string, string[]> = {
  // Whoever packages Python decides by himself where it looks for packages.
  [PYTHON_IMAGE.name]: [`ENV PYTHONPATH=${PACKAGES}`],
  [COMPANION_IMAGE]: [`ENTRYPOINT ["${NODE}","/app/bin/cdk8s-mcp.mjs"]`],
};

/** Makes images, which are called by their names from then on. */
async function makeImages(podman: Podman, tools: ContainerTools, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const directory = join(podman.directory, 'root-file-system');
    mkdirSync(directory);
    await BUILDERS[name]!(new RootFileSystem(directory), tools);
    await podman.import(name, directory, 'ENV PATH=/usr/local/bin:/usr/bin:/bin', ...CHANGES[name] ?? []);
    rmSync(directory, { recursive: true });
  }
}

/**
 * Gives the tests of a `describe` a podman with our image and images of servers.
 *
 * @returns it, to be called in tests only
 */
export function useImages(tools: ContainerTools | undefined, ...servers: readonly ServerImage[]): () => Podman {
  let podman: Podman;
  beforeAll(async () => {
    podman = await Podman.create();
    await makeImages(podman, tools!, [COMPANION_IMAGE, ...servers.map(({ name }) => name)]);
  });
  afterAll(() => podman.remove());
  return () => podman;
}

const pythonSchema = z.object({ executable: z.string(), library: z.string(), packages: z.string() });

function addPython(root: RootFileSystem): void {
  const { executable, library, packages } = pythonSchema.parse(JSON.parse(execFileSync(findTool('python')!, ['-c', `
import json, os, sys, sysconfig
print(json.dumps({'executable': os.path.realpath(sys.executable), 'library': sysconfig.get_path('stdlib'),
  'packages': sysconfig.get_path('purelib')}))
`], { encoding: 'utf8' })));
  const target = `/usr/local/lib/${basename(library)}`;
  const isWanted = (path: string) => !UNWANTED.test(path);
  root.addLinkedProgram(executable, `/usr/local/bin/${basename(executable)}`)
    .addLink(basename(executable), '/usr/local/bin/python3').addLink('python3', '/usr/local/bin/python')
    .addTree(library, target, (path) => isWanted(path) && !/\/(site|dist)-packages$/.test(path))
    .addTree(packages, PACKAGES, isWanted);
}
