import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { parseConfig } from '../platform/config-file';
import { UsageError } from '../platform/usage-error';

/** What is to know about a running local fleet. */
export const fleetFileSchema = z.object({
  /** Of the process that runs it. */
  pid: z.number().int(),
  /** The gateway. */
  url: z.string(),
  /** The audience of tokens for the whole fleet. */
  audience: z.string(),
  issuer: z.string(),
  /** Scopes without which the gateway serves nothing. */
  requiredScopes: z.array(z.string()),
  /** Where a holder of the secret gets tokens made; a credential, so the file is its owner's only. */
  tokenEndpoint: z.string(),
  tokenSecret: z.string(),
  gateway: z.object({ admin: z.string() }),
  registryUrl: z.string().optional(),
  registry: z.object({ admin: z.string() }).optional(),
  servers: z.array(z.object({
    name: z.string(),
    namespace: z.string(),
    /** Its own MCP endpoint, behind the gateway: proxies serve nobody else. */
    url: z.string(),
    /** Health and metrics; programs of ours have them. */
    admin: z.string().optional(),
    /** Where its volumes are on this machine, by mount path. */
    volumes: z.record(z.string(), z.string()),
  })),
  /** Directory with a log for each pod. */
  logs: z.string(),
  auditLog: z.string(),
});

export type FleetFile = z.infer<typeof fleetFileSchema>;

const FILE_NAME = 'fleet.json';

/** Writes `fleet.json` into the state directory, and where it is for those who look from the same project. */
export function publishFleet(fleet: FleetFile, stateDirectory: string): void {
  const file = join(stateDirectory, FILE_NAME);
  writeWhole(file, `${JSON.stringify(fleet, undefined, 2)}\n`);
  const pointer = pointerFile(process.cwd());
  mkdirSync(dirname(pointer), { recursive: true, mode: 0o700 });
  writeWhole(pointer, file);
}

/**
 * Checks, before anything is started, that a fleet can be published; two fleets on the same volumes
 * would write into each other's files.
 *
 * @throws UsageError when a fleet runs with this state directory, or the fleet could not be found later.
 */
export function requirePublishable(stateDirectory?: string): void {
  pointerFile(process.cwd());
  if (stateDirectory === undefined) {
    return;
  }
  const file = join(stateDirectory, FILE_NAME);
  const text = readIfPresent(file);
  if (text !== undefined && isRunning(parseConfig(text, fleetFileSchema, file).pid)) {
    throw new UsageError(`a fleet runs with ${stateDirectory} already: end it first, or give another --state-dir`);
  }
}

/** Withdraws what `publishFleet` wrote. A fleet that was started later in the same project stays to be found. */
export function withdrawFleet(stateDirectory: string): void {
  const file = join(stateDirectory, FILE_NAME);
  rmSync(file, { force: true });
  const pointer = pointerFile(process.cwd());
  if (readIfPresent(pointer) === file) {
    rmSync(pointer);
  }
}

/**
 * The fleet that runs with a state directory, or that was started last from the working directory or one above it.
 *
 * @throws UsageError when there is none.
 */
export function findFleet(stateDirectory?: string): FleetFile {
  const file = stateDirectory === undefined ? pointedFile(process.cwd()) : join(stateDirectory, FILE_NAME);
  const text = file === undefined ? undefined : readIfPresent(file);
  if (text === undefined) {
    throw new UsageError(`no fleet runs ${stateDirectory === undefined ? 'here' : `in ${stateDirectory}`}: start one with cdk8s-mcp up DIR`);
  }
  return parseConfig(text, fleetFileSchema, file!);
}

function pointedFile(directory: string): string | undefined {
  const parent = dirname(directory);
  return readIfPresent(pointerFile(directory)) ?? (parent === directory ? undefined : pointedFile(parent));
}

/**
 * Outside the project, so that nothing is left in it, and in a directory of the user's own,
 * so that nobody else can lead a user to a fleet of theirs.
 */
function pointerFile(project: string): string {
  const uid = process.getuid?.() ?? 0;
  const directory = join(tmpdir(), `cdk8s-mcp-fleets-${uid}`);
  const owner = statSync(directory, { throwIfNoEntry: false })?.uid;
  if (owner !== undefined && owner !== uid) {
    throw new UsageError(`${directory} belongs to somebody else: remove it, or set TMPDIR to a directory of your own`);
  }
  return join(directory, createHash('sha256').update(project).digest('hex').slice(0, 16));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Readers see nothing or all of it. */
function writeWhole(file: string, text: string): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, text, { mode: 0o600 });
  renameSync(unfinished, file);
}
