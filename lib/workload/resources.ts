import { Size, SizeRoundingBehavior } from 'cdk8s';
import { k8s, type ContainerResources, type Cpu } from 'cdk8s-plus-28';
import type { IConstruct } from 'constructs';
import { fail } from './fail';

interface Range<T> {
  readonly request: T;
  readonly limit: T;
}

/** How values are compared, and said. */
interface Measure<T> {
  readonly amount: (value: T) => number;
  readonly text: (value: T) => string;
}

const CPU: Measure<Cpu> = { amount: cpuMillis, text: ({ amount }) => amount };
const SIZE: Measure<Size> = { amount: mebibytes, text: (size) => size.asString() };

/** Requests and limits of one container, all of them decided: nothing is left to a cluster's defaults. */
export interface CompleteResources extends ContainerResources {
  readonly cpu: Range<Cpu>;
  readonly memory: Range<Size>;
  readonly ephemeralStorage: Range<Size>;
}

/** Where a program of ours writes at all, it is a little scratch space. */
export const SMALL_STORAGE: Range<Size> = { request: Size.mebibytes(64), limit: Size.mebibytes(256) };

/**
 * What the user says, over what we would choose.
 *
 * @param construct that the resources are for: named when a request is above its limit
 */
export function completeResources(
  construct: IConstruct, chosen: ContainerResources = {}, defaults: CompleteResources,
): CompleteResources {
  const resources = {
    cpu: over(defaults.cpu, chosen.cpu, CPU),
    memory: over(defaults.memory, chosen.memory, SIZE),
    ephemeralStorage: over(defaults.ephemeralStorage, chosen.ephemeralStorage, SIZE),
  };
  checkRange(construct, 'CPU', resources.cpu, CPU);
  checkRange(construct, 'memory', resources.memory, SIZE);
  checkRange(construct, 'scratch space', resources.ephemeralStorage, SIZE);
  return resources;
}

/**
 * Room for what lies in scratch volumes: the kubelet counts it against the scratch space of the containers, and
 * evicts a pod that takes more.
 */
export function withScratch(resources: CompleteResources, scratchMebibytes: number): CompleteResources {
  const { request, limit } = resources.ephemeralStorage;
  return scratchMebibytes === 0 ? resources : {
    ...resources, ephemeralStorage: { request, limit: Size.mebibytes(mebibytes(limit) + scratchMebibytes) },
  };
}

function checkRange<T>(construct: IConstruct, what: string, { request, limit }: Range<T>, measure: Measure<T>): void {
  const { amount, text } = measure;
  // Kubernetes takes a limit of 0 for no limit.
  if (!(amount(request) > 0 && amount(limit) > 0)) {
    fail(construct, `has ${what} of ${text(request)} to ${text(limit)}: write a request and a limit above 0`);
  }
  if (amount(request) > amount(limit)) {
    fail(construct, `requests more ${what} (${text(request)}) than its limit (${text(limit)}): raise the limit or lower the request`);
  }
}

export function toResourceRequirements({ cpu, memory, ephemeralStorage }: CompleteResources): k8s.ResourceRequirements {
  const quantities = (bound: 'request' | 'limit') => ({
    'cpu': k8s.Quantity.fromString(cpu[bound].amount),
    'memory': k8s.Quantity.fromString(memory[bound].asString()),
    'ephemeral-storage': k8s.Quantity.fromString(ephemeralStorage[bound].asString()),
  });
  return { requests: quantities('request'), limits: quantities('limit') };
}

export function cpuMillis(cpu: Cpu): number {
  return cpu.amount.endsWith('m') ? Number(cpu.amount.slice(0, -1)) : Number(cpu.amount) * 1000;
}

export function mebibytes(size: Size): number {
  return size.toMebibytes({ rounding: SizeRoundingBehavior.NONE });
}

/** A limit below the default request takes the request down with it. */
function over<T>(defaults: Range<T>, chosen: Partial<Range<T>> = {}, { amount }: Measure<T>): Range<T> {
  const limit = chosen.limit ?? defaults.limit;
  const request = amount(defaults.request) <= amount(limit) ? defaults.request : limit;
  return { request: chosen.request ?? request, limit };
}
