import { relative, sep } from 'node:path';
import { ROLE } from '../../../lib/contract/labels';
import type { Running } from '../platform/lifecycle';
import type { Logger } from '../platform/logger';
import { describeFleet } from './describe-fleet';
import { publishFleet, requirePublishable, withdrawFleet } from './fleet-file';
import { baseEnvironment } from './pods/environment';
import { readinessCheck, type ReadinessCheck } from './pods/readiness-probe';
import { roleOf, type Role } from './pods/role';
import { prepareFleet, type FleetMember, type FleetOptions, type PreparedFleet } from './prepared-fleet';
import { memberTitle, planReport, readyReport } from './report';
import { StateDirectory } from './state-directory';
import { logFile } from './supervisor/log-file';
import { awaitReady } from './supervisor/readiness';
import { SupervisedProcess, type ProcessSpec } from './supervisor/supervised-process';

const READY_TIMEOUT_MS = 60_000;

/** One death may be bad luck, such as a port taken in the same moment; the second is a crash loop. */
const HOPELESS_DEATHS = 2;

export interface RunOptions extends FleetOptions {
  /** Kept after the run, with its persistent volumes; without it, a temporary one. */
  readonly stateDirectory?: string;
  /** Takes progress, a line at a time, for people. */
  readonly print: (line: string) => void;
  /** Takes the programs' log lines; absent when they go to their files only. */
  readonly forwardLog?: (line: string) => void;
  readonly logger: Logger;
}

/** Something to start: a process, and how to learn that it is ready. */
interface Startable {
  readonly title: string;
  readonly process: ProcessSpec;
  readonly readiness: ReadinessCheck;
  readonly forwardLog?: (line: string) => void;
}

/** The fleet in synthesized manifests, run as processes of this machine. */
export class Fleet implements Running {
  private readonly state: StateDirectory;
  private readonly ending = new AbortController();
  private readonly notReady: string[] = [];
  /** In the order in which they were started. */
  private readonly stages: SupervisedProcess[][] = [];

  /** @throws UsageError when the state directory cannot be used, such as by a second fleet. */
  constructor(private readonly options: RunOptions) {
    requirePublishable(options.stateDirectory);
    this.state = StateDirectory.open(options.stateDirectory);
  }

  /**
   * Starts everything, each stage when the one before is ready: identity provider, servers, registry, gateway.
   *
   * @throws UsageError when the manifests cannot be run; nothing has been started then.
   */
  async start(): Promise<void> {
    const { options, state } = this;
    const fleet = await prepareFleet(options, state);
    planReport(options.directory, fleet).forEach(options.print);
    let gatewayReady = false;
    for (const stage of this.stagesOf(fleet)) {
      gatewayReady = await this.startStage(stage); // Its stage is the last.
      if (this.ending.signal.aborted) {
        return;
      }
    }
    publishFleet(describeFleet(fleet, state), state.path);
    const report = { notReady: this.notReady, gatewayReady, command: commandOf(options.cli.at(-1)!) };
    readyReport(fleet, state, report).forEach(options.print);
    if (gatewayReady) {
      options.logger.info({ url: fleet.url }, 'listening');
    }
  }

  async stop(): Promise<void> {
    this.ending.abort();
    for (const stage of this.stages.toReversed()) {
      await Promise.all(stage.map((process) => process.stop()));
    }
    this.cleanUp();
  }

  /** Ends everything at once, without waiting for anything. */
  kill(): void {
    this.ending.abort();
    this.stages.flat().forEach((process) => process.kill());
    this.cleanUp();
  }

  private stagesOf(fleet: PreparedFleet): Startable[][] {
    const stage = (role: Role): Startable[] => (
      fleet.members.filter((member) => roleOf(member) === role).map((member) => this.startable(member)));
    return [[this.identityProvider(fleet)], stage(ROLE.SERVER), stage(ROLE.REGISTRY), stage(ROLE.GATEWAY)];
  }

  private startable(member: FleetMember): Startable {
    return {
      title: memberTitle(member),
      process: member.process,
      readiness: readinessCheck(member),
      forwardLog: this.options.forwardLog,
    };
  }

  /** Its library logs warnings about a production use that this is not: they stay in its file. */
  private identityProvider({ issuer }: PreparedFleet): Startable {
    return {
      title: 'identity provider',
      process: {
        id: 'identity-provider',
        run: { program: [...this.options.cli, 'identity-provider', '--config', this.state.identityProviderConfig] },
        environment: baseEnvironment(),
        graceSeconds: 1,
      },
      readiness: { url: `${issuer}/.well-known/openid-configuration` },
    };
  }

  /** @returns whether all of the stage is ready */
  private async startStage(stage: readonly Startable[]): Promise<boolean> {
    const processes = stage.map(({ process: spec, forwardLog }) => {
      const log = logFile(this.state.logOf(spec.id), spec.id, forwardLog);
      return new SupervisedProcess(spec, log, this.options.logger);
    });
    this.stages.push(processes);
    const ready = await Promise.all(stage.map((startable, i) => this.startOne(startable, processes[i]!)));
    return ready.every(Boolean);
  }

  private async startOne({ title, readiness }: Startable, process: SupervisedProcess): Promise<boolean> {
    const { print } = this.options;
    const startedAt = Date.now();
    process.start();
    const reason = await this.notReadyReason(readiness, process);
    if (this.ending.signal.aborted) {
      return false;
    }
    if (reason === undefined) {
      print(`  ${title} is ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
      return true;
    }
    this.notReady.push(title);
    print(`  ${title} is NOT ready: ${reason}`);
    process.lastLines.forEach((line) => print(`    | ${line}`));
    return false;
  }

  private async notReadyReason(readiness: ReadinessCheck, process: SupervisedProcess): Promise<string | undefined> {
    if (readiness === undefined) {
      return undefined;
    }
    return 'never' in readiness ? readiness.never : awaitReady({
      url: readiness.url,
      timeoutMs: READY_TIMEOUT_MS,
      signal: this.ending.signal,
      hopeless: () => (process.deaths >= HOPELESS_DEATHS ? `it died ${process.deaths} times` : undefined),
    });
  }

  private cleanUp(): void {
    withdrawFleet(this.state.path);
    this.state.remove();
  }
}

/** In a project the package is installed; in a checkout of it npx would build it anew, under the running fleet. */
function commandOf(script: string): string {
  return script.includes(`${sep}node_modules${sep}`) ? 'npx cdk8s-mcp' : `node ${relative(process.cwd(), script)}`;
}
