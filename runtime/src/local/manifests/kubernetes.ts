import { z } from 'zod';

/*
 * The parts of Kubernetes objects that the local run acts on, named as the API names them.
 * Objects are loose: what else they say is reported as not applied (not-applied.ts), never refused.
 */

/** Names become names of directories, so what the API server would refuse is refused here too. */
const name = z.string().regex(/^(?!\.{1,2}$)[^/%]+$/, 'must be a name without / and %');
const relativePath = z.string().regex(/^(?!\/)(?!(.*\/)?\.\.(\/|$)).+$/, 'must be a relative path without ..');
const stringMap = z.record(z.string(), z.string());
const port = z.union([z.number().int(), z.string()]);
const reference = z.looseObject({ name: z.string(), optional: z.boolean().default(false) });
const keyReference = reference.extend({ key: z.string() });
const items = z.array(z.looseObject({ key: z.string(), path: relativePath })).optional();

export const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name,
    namespace: name.default('default'),
    annotations: stringMap.default({}),
  }),
});

const environmentVariableSchema = z.looseObject({
  name: z.string(),
  value: z.string().default(''),
  valueFrom: z.looseObject({
    configMapKeyRef: keyReference.optional(),
    secretKeyRef: keyReference.optional(),
    fieldRef: z.looseObject({ fieldPath: z.string() }).optional(),
  }).optional(),
});

export const volumeMountSchema = z.looseObject({
  name: z.string(),
  mountPath: z.string(),
  subPath: relativePath.optional(),
});

const containerSchema = z.looseObject({
  name,
  image: z.string().default(''),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.array(environmentVariableSchema).default([]),
  envFrom: z.array(z.looseObject({
    prefix: z.string().default(''),
    configMapRef: reference.optional(),
    secretRef: reference.optional(),
  })).default([]),
  ports: z.array(z.looseObject({ name: z.string().optional(), containerPort: z.number().int() })).default([]),
  volumeMounts: z.array(volumeMountSchema).default([]),
  readinessProbe: z.looseObject({
    httpGet: z.looseObject({ path: z.string().default('/'), port }).optional(),
  }).optional(),
  restartPolicy: z.string().optional(),
});

const projectedSourceSchema = z.looseObject({
  configMap: reference.extend({ items }).optional(),
  secret: reference.extend({ items }).optional(),
});

const volumeSchema = z.looseObject({
  name,
  emptyDir: z.looseObject({}).optional(),
  persistentVolumeClaim: z.looseObject({ claimName: name }).optional(),
  configMap: reference.extend({ items }).optional(),
  secret: z.looseObject({ secretName: z.string(), optional: z.boolean().default(false), items }).optional(),
  projected: z.looseObject({ sources: z.array(projectedSourceSchema) }).optional(),
});

export const workloadSchema = z.looseObject({
  spec: z.looseObject({
    replicas: z.number().int().nonnegative().default(1),
    template: z.looseObject({
      metadata: z.looseObject({ labels: stringMap.default({}), annotations: stringMap.default({}) }).prefault({}),
      spec: z.looseObject({
        containers: z.array(containerSchema).min(1),
        initContainers: z.array(containerSchema).default([]),
        volumes: z.array(volumeSchema).default([]),
        /** Kubernetes' own default. */
        terminationGracePeriodSeconds: z.number().nonnegative().default(30),
      }),
    }),
    volumeClaimTemplates: z.array(z.looseObject({ metadata: z.looseObject({ name }) })).default([]),
  }),
});

export const serviceSchema = z.looseObject({
  spec: z.looseObject({
    type: z.string().default('ClusterIP'),
    clusterIP: z.string().optional(),
    selector: stringMap.optional(),
    ports: z.array(z.looseObject({ port: z.number().int(), targetPort: port.optional() })).default([]),
  }),
});

/** Of a ConfigMap or a Secret; keys are names of files. */
const data = z.record(name, z.string()).default({});
export const dataSchema = z.looseObject({ data, binaryData: data, stringData: data });

export type Container = z.infer<typeof containerSchema>;
export type EnvironmentVariable = z.infer<typeof environmentVariableSchema>;
export type Volume = z.infer<typeof volumeSchema>;
export type Workload = z.infer<typeof workloadSchema>;
export type PodSpec = Workload['spec']['template']['spec'];
export type Service = z.infer<typeof serviceSchema>;
export type KeyToPath = z.infer<typeof items>;
