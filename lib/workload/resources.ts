import { Size, SizeRoundingBehavior } from 'cdk8s';
import { k8s, type ContainerResources, type Cpu } from 'cdk8s-plus-28';

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

/** What the user says, over what we would choose. */
export function completeResources(chosen: ContainerResources = {}, defaults: CompleteResources): CompleteResources {
  return {
    cpu: over(defaults.cpu, chosen.cpu),
    memory: over(defaults.memory, chosen.memory),
    ephemeralStorage: over(defaults.ephemeralStorage, chosen.ephemeralStorage),
  };
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

function over<T>(defaults: Range<T>, chosen: Partial<Range<T>> = {}): Range<T> {
  return { request: chosen.request ?? defaults.request, limit: chosen.limit ?? defaults.limit };
}
