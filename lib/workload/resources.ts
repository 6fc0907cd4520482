import { Size, SizeRoundingBehavior } from 'cdk8s';
import { k8s, type ContainerResources, type Cpu } from 'cdk8s-plus-28';
import type { IConstruct } from 'constructs';
import { fail } from './fail';

interface Range<T> {
  readonly request: T;
  readonly limit: T;
}

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
    cpu: over(defaults.cpu, chosen.cpu, cpuMillis),
    memory: over(defaults.memory, chosen.memory, mebibytes),
    ephemeralStorage: over(defaults.ephemeralStorage, chosen.ephemeralStorage, mebibytes),
  };
  const { cpu, memory, ephemeralStorage } = resources;
  requireOrder(construct, 'CPU', cpuMillis(cpu.request) <= cpuMillis(cpu.limit), cpu.request.amount, cpu.limit.amount);
  for (const [what, { request, limit }] of [['memory', memory], ['scratch space', ephemeralStorage]] as const) {
    requireOrder(construct, what, mebibytes(request) <= mebibytes(limit), request.asString(), limit.asString());
  }
  return resources;
}

function requireOrder(construct: IConstruct, what: string, ordered: boolean, request: string, limit: string): void {
  if (!ordered) {
    fail(construct, `requests more ${what} (${request}) than its limit (${limit}): raise the limit or lower the request`);
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
function over<T>(defaults: Range<T>, chosen: Partial<Range<T>> = {}, amount: (value: T) => number): Range<T> {
  const limit = chosen.limit ?? defaults.limit;
  const request = amount(defaults.request) <= amount(limit) ? defaults.request : limit;
  return { request: chosen.request ?? request, limit };
}
