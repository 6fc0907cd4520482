import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../../platform/usage-error';
import { CannotRun } from '../cannot-run';
import type { Container, Volume } from '../manifests/kubernetes';
import { describe } from '../manifests/manifests';
import type { Entries, References } from '../manifests/references';
import type { StateDirectory } from '../state-directory';
import type { PodPlan } from './pod-plan';
import { Relocation, type Mount } from './relocate';

/** A container's volumes, written as directories. */
export interface MaterializedVolumes {
  readonly mounts: readonly Mount[];
  readonly relocation: Relocation;
  /** What somebody else makes in the cluster: each is an empty directory here. */
  readonly externalObjects: readonly ExternalObject[];
}

export interface ExternalObject {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly directory: string;
}

interface Files {
  readonly directory: string;
  readonly entries: Entries;
}

/**
 * Writes what one container mounts. Texts of ConfigMaps are rewritten to the directories
 * of the container's mounts, wherever they name one.
 *
 * @throws UsageError when a reference is dangling; CannotRun when a volume needs a cluster.
 */
export function materializeVolumes(
  pod: PodPlan, container: Container, references: References, state: StateDirectory,
): MaterializedVolumes {
  const files: Files[] = [];
  const externalObjects: ExternalObject[] = [];
  const mounts = container.volumeMounts.map(({ name, mountPath, subPath }): Mount => {
    const volume = volumeOf(pod, name);
    if (volume === undefined) {
      throw new UsageError(`${describe(pod.workload)}: container ${container.name} mounts the volume '${name}', which the pod does not have: add it to volumes`);
    }
    const directory = directoryOf(pod, container, volume, state);
    if (volume.persistentVolumeClaim !== undefined && !pod.claimTemplates.includes(name)) {
      references.requireClaim(volume.persistentVolumeClaim.claimName);
    }
    const external = externalObject(volume, references);
    if (external !== undefined) {
      externalObjects.push({ ...external, directory });
    } else {
      files.push(...contentsOf(volume, references).map((entries) => ({ directory, entries })));
    }
    return { mountPath, localPath: subPath === undefined ? directory : join(directory, subPath) };
  });
  const relocation = new Relocation(mounts);
  files.forEach((volume) => writeFiles(volume, relocation));
  return { mounts, relocation, externalObjects };
}

/** A pod's own volume, or the claim that a StatefulSet makes for its first replica. */
function volumeOf(pod: PodPlan, name: string): Volume | undefined {
  return pod.claimTemplates.includes(name)
    ? { name, persistentVolumeClaim: { claimName: `${name}-${pod.workload.name}-0` } }
    : pod.spec.volumes.find((volume) => volume.name === name);
}

function directoryOf(pod: PodPlan, container: Container, volume: Volume, state: StateDirectory): string {
  if (volume.persistentVolumeClaim !== undefined) {
    return state.persistentVolume(pod.workload.namespace, volume.persistentVolumeClaim.claimName);
  }
  return volume.emptyDir !== undefined
    ? state.podVolume(pod.id, volume.name)
    : state.containerVolume(pod.id, container.name, volume.name);
}

/** What a volume brings, where somebody else makes it in the cluster. */
function externalObject({ configMap, secret }: Volume, references: References): Omit<ExternalObject, 'directory'> | undefined {
  const mounted = [
    ...(configMap === undefined ? [] : [{ kind: 'ConfigMap', name: configMap.name } as const]),
    ...(secret === undefined ? [] : [{ kind: 'Secret', name: secret.secretName } as const]),
  ];
  return mounted.find(({ kind, name }) => references.isExternal(kind, name));
}

/** The files of a volume, selected and renamed by its `items`. */
function contentsOf(volume: Volume, references: References): Entries[] {
  const { emptyDir, persistentVolumeClaim, configMap, secret, projected } = volume;
  if (emptyDir !== undefined || persistentVolumeClaim !== undefined) {
    return [];
  }
  const secretSource = secret && { ...secret, name: secret.secretName };
  const sources = projected?.sources ?? [{ configMap, secret: secretSource }];
  return sources.flatMap((source) => {
    if (source.configMap === undefined && source.secret === undefined) {
      const kinds = Object.keys(projected === undefined ? volume : source).filter((key) => key !== 'name');
      throw new CannotRun(`its volume ${volume.name} (${kinds.join(', ')}) needs a cluster`);
    }
    return [
      source.configMap && references.files('ConfigMap', source.configMap),
      source.secret && references.files('Secret', source.secret),
    ].filter((entries) => entries !== undefined);
  });
}

function writeFiles({ directory, entries }: Files, relocation: Relocation): void {
  for (const [path, content] of entries) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? relocation.rewrite(content) : content, { mode: 0o600 });
  }
}
