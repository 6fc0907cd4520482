import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { allProcesses } from '../proc';
import { eventually } from '../processes';

const run = promisify(execFile);

/**
 * What podman is told beside its defaults: limits without which no container starts where the tests may not raise their
 * own; runc, since others want cgroups v2; locks in files, so that other instances of podman are left alone.
 */
const CONFIGURATION = `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
lock_type = "file"
`;

/** What a command in a container came to. */
export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Podman with a storage of its own, which is removed with all that is in it. */
export class Podman {
  /** Makes a storage, of a kind that the file system here can have: not each can be below an overlay. */
  static async create(): Promise<Podman> {
    const podman = new Podman();
    if ((await podman.try('info')).status !== 0) {
      podman.storage.forEach(([, path]) => rmSync(path, { recursive: true, force: true }));
      podman.globals.push('--storage-driver', 'vfs');
    }
    return podman;
  }

  /** For whoever uses it: volumes and sockets. */
  readonly directory = mkdtempSync(join(tmpdir(), 'containers-'));
  private readonly configuration = join(this.directory, 'containers.conf');
  private readonly storage = ['root', 'runroot', 'tmpdir'].map((name) => [name, join(this.directory, name)] as const);
  private readonly globals = this.storage.flatMap(([name, path]) => [`--${name}`, path]);

  private constructor() {
    writeFileSync(this.configuration, CONFIGURATION);
  }

  /**
   * Runs a command of podman and gives what it prints.
   *
   * @throws Error with what it said when it fails
   */
  async run(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.try(...args);
    if (status !== 0) {
      throw new Error(`podman ${args.join(' ')}: status ${status}: ${stderr}`);
    }
    return stdout.trim();
  }

  /** The same where failing is an answer. */
  async try(...args: readonly string[]): Promise<Finished> {
    try {
      return { status: 0, ...await run('podman', [...this.globals, ...args], { env: this.env }) };
    } catch (error) {
      const { code, stdout, stderr } = error as { code?: unknown; stdout: string; stderr: string };
      if (typeof code !== 'number') {
        throw error;
      }
      return { status: code, stdout, stderr };
    }
  }

  /**
   * Makes an image of a directory, with nothing else in it.
   *
   * @param changes instructions of a Dockerfile
   */
  async import(name: string, directory: string, ...changes: readonly string[]): Promise<void> {
    const tar = spawn('tar', ['-C', directory, '--owner=0', '--group=0', '--numeric-owner', '-c', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const podman = spawn('podman', [
      ...this.globals, 'import', '--quiet', ...changes.flatMap((change) => ['--change', change]), '-', name,
    ], { env: this.env, stdio: [tar.stdout, 'ignore', 'inherit'] });
    const ends = await Promise.all([once(tar, 'exit'), once(podman, 'exit')]);
    if (ends.some(([status]) => status !== 0)) {
      throw new Error(`the image ${name} cannot be made`);
    }
  }

  /** Ends all containers, and leaves nothing of them. */
  async remove(): Promise<void> {
    // Removing fails as long as something else is removing the same container.
    await eventually('all containers are removed', async () =>
      (await this.try('rm', '--all', '--force', '--time', '0')).status === 0);
    // What has watched a container cleans up after its end, and may leave the storage mounted.
    await eventually('nothing of podman runs', () =>
      allProcesses().every(({ command }) => !command.includes(this.directory)));
    await this.unmountAll();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async unmountAll(): Promise<void> {
    const mounted = readFileSync('/proc/mounts', 'utf8').split('\n').map((line) => line.split(' ')[1] ?? '')
      .filter((mountPoint) => mountPoint.startsWith(this.directory));
    for (const mountPoint of mounted.reverse()) {
      await run('umount', [mountPoint]);
    }
  }

  private get env(): NodeJS.ProcessEnv {
    return { ...process.env, CONTAINERS_CONF: this.configuration };
  }
}
