import { chmodSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ASSERTION_HEADER, ASSERTION_KEYS } from '../../../lib/contract/assertions';
import { MCP_PATH } from '../../../lib/contract/paths';
import { ADMIN_PORT, MCP_PORT } from '../../../lib/contract/ports';
import type { AssertionSigner } from '../../../runtime/src/auth/assertions/assertion-signer';
import { AssertionFixture } from '../../../runtime/src/auth/assertions/testing/assertion-fixture';
import { RawClient } from '../../../runtime/src/testing/raw-client';
import { allProcesses, type ProcessInfo } from '../proc';
import type { Container, PodSpec, Probe } from '../manifest-checks/pods';
import { eventually } from '../processes';
import { containerOptions, type VolumeDirectories } from './container-options';
import { COMPANION_IMAGE } from './images';
import { SERVER, type PodManifest } from './manifest';
import type { Finished, Podman } from './podman';
import { PortBridge } from './port-bridge';

/** What has the pod's network namespace, as long as the pod is there. */
const PAUSE = ['--entrypoint', '["node","--eval","setInterval(() => undefined, 1e9)"]', COMPANION_IMAGE];

type ProbeName = 'livenessProbe' | 'readinessProbe' | 'startupProbe';

export interface ContainerPodOptions {
  readonly manifest: PodManifest;
  /** Processes and threads that a container may have. */
  readonly pidsLimit?: number;
}

/** The containers of a pod, started by podman from its manifest as a kubelet starts them. */
export class ContainerPod {
  /** Starts a pod and waits until it is ready. When the test is over, nothing is left of it. */
  static async start(podman: Podman, options: ContainerPodOptions): Promise<ContainerPod> {
    const keys = await AssertionFixture.create();
    const pod = new ContainerPod(podman, options, await keys.signer());
    onTestFinished(() => pod.remove());
    pod.makeVolumes(keys);
    keys.remove();
    await pod.startContainers();
    await pod.untilReady();
    return pod;
  }

  private readonly directory: string;
  private readonly spec: PodSpec;
  private readonly volumes: VolumeDirectories;
  private readonly pids = new Map<string, number>();
  private readonly names = new Map<string, string>();
  private started = 0;
  private callers = 0;
  private bridge: PortBridge | undefined;

  private constructor(
    private readonly podman: Podman, private readonly options: ContainerPodOptions,
    private readonly signer: AssertionSigner,
  ) {
    this.directory = mkdtempSync(join(podman.directory, 'pod-'));
    this.spec = options.manifest.pod;
    this.volumes = Object.fromEntries(this.spec.volumes!.map(({ name }) => [name, join(this.directory, name)]));
  }

  get url(): string {
    return this.bridge!.url(MCP_PORT) + MCP_PATH;
  }

  /** Headers of a caller who has not called before, as the gateway makes them. */
  newcomer(): () => Promise<Record<string, string>> {
    const subject = `caller-${++this.callers}`;
    return async () => ({
      [ASSERTION_HEADER]: await this.signer.sign({ issuer: 'https://auth.example.com', subject }, SERVER),
    });
  }

  /** A client of somebody that has begun a session. */
  async session(): Promise<RawClient> {
    const client = new RawClient(this.url, await this.newcomer()());
    const { error } = await client.initialize();
    if (error !== undefined) {
      throw new Error(`no session: ${error.message}`);
    }
    return client;
  }

  /** The manifest's own words for a container. */
  container(name: string): Container {
    return [...this.spec.initContainers!, ...this.spec.containers].find((candidate) => candidate.name === name)!;
  }

  /** Starts a container of the manifest, in place of one that has ended. */
  async startContainer(name: string): Promise<void> {
    this.names.set(name, await this.runContainer(name, ['--detach'], this.container(name)));
    this.pids.set(name, await this.inspect(name, 'State.Pid', Number));
  }

  /** Runs a command in another container that shares the pod's volumes and comes to an end. */
  async runBeside(container: Container): Promise<Finished> {
    return this.podman.try('run', '--rm', ...this.common(), ...containerOptions(this.spec, container, this.volumes));
  }

  /** Runs a command in a container, as probes and `kubectl exec` do. */
  exec(name: string, command: readonly string[]): Promise<Finished> {
    return this.podman.try('exec', this.names.get(name)!, ...command);
  }

  /** Status of a probe: of its command, or 0 where its HTTP request succeeds. */
  async probe(name: string, probe: ProbeName): Promise<number> {
    const { exec, httpGet, timeoutSeconds } = this.container(name)[probe] as Probe & { timeoutSeconds: number };
    if (exec !== undefined) {
      return (await this.exec(name, exec.command)).status;
    }
    try {
      const signal = AbortSignal.timeout(timeoutSeconds * 1000);
      const response = await fetch(this.bridge!.url(Number(httpGet!.port)) + httpGet!.path, { signal });
      await response.text();
      return response.ok ? 0 : 1;
    } catch {
      return 1;
    }
  }

  async untilProbe(name: string, probe: ProbeName, succeeds: boolean): Promise<void> {
    await eventually(`${probe} of ${name} ${succeeds ? 'succeeds' : 'fails'}`,
      async () => (await this.probe(name, probe) === 0) === succeeds);
  }

  async untilReady(): Promise<void> {
    await this.untilProbe('proxy', 'readinessProbe', true);
    await this.untilProbe('server', 'startupProbe', true);
  }

  /** First process of a container, by its number on this machine. */
  pid(name: string): number {
    return this.pids.get(name)!;
  }

  /** What descends from a container's first process. */
  processes(name: string): ProcessInfo[] {
    const all = allProcesses();
    const below = (pid: number): ProcessInfo[] =>
      all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)]);
    return below(this.pid(name));
  }

  async untilProcesses(name: string, count: number): Promise<void> {
    await eventually(`${count} processes in the container ${name}`, () => this.processes(name).length === count);
  }

  /** Sends a signal to the first process of a container, from outside of it. */
  signal(name: string, signal: NodeJS.Signals): void {
    process.kill(this.pid(name), signal);
  }

  /** Waits for a container's end and gives its exit status. */
  async exitStatus(name: string): Promise<number> {
    return Number(await this.podman.run('wait', this.names.get(name)!));
  }

  inspect<T>(name: string, field: string, as: (text: string) => T): Promise<T> {
    return this.podman.run('inspect', '--format', `{{.${field}}}`, this.names.get(name)!).then(as);
  }

  /** What a container has written to its log. */
  async log(name: string): Promise<string> {
    const { stdout, stderr } = await this.podman.try('logs', this.names.get(name)!);
    return stdout + stderr;
  }

  private makeVolumes(keys: AssertionFixture): void {
    const { fsGroup } = this.spec.securityContext as { fsGroup?: number };
    for (const volume of this.spec.volumes!) {
      const directory = this.volumes[volume.name]!;
      mkdirSync(directory);
      const { name } = (volume.configMap ?? {}) as { name?: string };
      const files = name === ASSERTION_KEYS.CONFIG_MAP
        ? { [ASSERTION_KEYS.PUBLIC_FILE]: JSON.stringify(keys.keys.publicKeys) }
        : this.options.manifest.configMaps[name ?? ''] ?? {};
      Object.entries(files).forEach(([file, text]) => writeFileSync(join(directory, file), text));
      // Open to all, and the pod's group for whatever is made in it: so kubelets leave them.
      chownSync(directory, 0, fsGroup!);
      chmodSync(directory, 0o2777);
    }
  }

  private async startContainers(): Promise<void> {
    chmodSync(this.directory, 0o755);
    this.names.set('pause', await this.podman.run('run', '--detach', '--network', 'none', '--pull', 'never', ...PAUSE));
    const pausePid = await this.inspect('pause', 'State.Pid', Number);
    this.bridge = await PortBridge.start(pausePid, this.directory, [MCP_PORT, ADMIN_PORT]);
    for (const container of this.spec.initContainers!) {
      if (container.restartPolicy === 'Always') {
        await this.startContainer(container.name);
        await this.untilProbe(container.name, 'startupProbe', true);
      } else {
        await this.runContainer(container.name, ['--rm'], container);
      }
    }
    await Promise.all(this.spec.containers.map(({ name }) => this.startContainer(name)));
  }

  private runContainer(name: string, how: readonly string[], container: Container): Promise<string> {
    return this.podman.run(
      'run', ...how, '--name', `${name}-${++this.started}-${this.names.get('pause')!.slice(0, 12)}`, ...this.common(),
      ...containerOptions(this.spec, container, this.volumes),
    );
  }

  private common(): string[] {
    return [
      '--network', `container:${this.names.get('pause')!}`, '--pids-limit', String(this.options.pidsLimit ?? 1024),
    ];
  }

  private async remove(): Promise<void> {
    await this.bridge?.stop();
    const pause = this.names.get('pause');
    if (pause !== undefined) {
      await this.podman.run('rm', '--force', '--depend', '--time', '0', pause);
    }
  }
}
