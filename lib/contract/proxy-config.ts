import { z } from 'zod';
import { bytes, dnsLabel, listenAddress, seconds } from './config-fields';

/** What the proxy starts: a package that is installed beside it, or a plain command. */
const childConnectorSchema = z.strictObject({
  type: z.literal('child'),
  npm: z.strictObject({
    package: z.string().min(1),
    /** Exact: the proxy refuses to start another version than the one that was reviewed. */
    version: z.string().min(1),
    args: z.array(z.string()).default([]),
  }).optional(),
  command: z.array(z.string()).min(1).optional(),
}).refine((c) => (c.npm === undefined) !== (c.command === undefined), 'needs exactly one of npm and command');

const proxyLimitsSchema = z.strictObject({
  /** Sessions open at once; each is a process of the server. */
  sessions: z.number().int().positive().default(32),
  /** Largest request body. */
  bodyBytes: bytes.default(4 * 1024 * 1024),
  /** Largest message that the server may write. */
  messageBytes: bytes.default(16 * 1024 * 1024),
  /** A server that has not answered `initialize` after this is given up. */
  startSeconds: seconds.default(60),
  /** A session without traffic ends after this. */
  idleSeconds: seconds.default(1800),
  /** A call without an answer fails after this. */
  callSeconds: seconds.default(300),
  /** On shutdown, calls in flight get this long to finish. */
  drainSeconds: seconds.default(30),
});

/** Configuration of `cdk8s-mcp proxy --config FILE`. */
export const proxyConfigSchema = z.strictObject({
  server: dnsLabel,
  listen: listenAddress,
  admin: listenAddress,
  isolation: z.enum(['session']).default('session'),
  connector: childConnectorSchema,
  limits: proxyLimitsSchema.prefault({}),
});

export type ProxyConfig = z.infer<typeof proxyConfigSchema>;
export type ProxyConfigInput = z.input<typeof proxyConfigSchema>;
