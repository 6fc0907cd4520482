import { z } from 'zod';
import { bytes, dnsLabel, listenAddress, seconds } from './config-fields';

export const ISOLATIONS = ['session', 'principal', 'shared'] as const;

export type Isolation = typeof ISOLATIONS[number];

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

/** The shim in the server's own container starts the processes; they are reached through its socket. */
const inPodConnectorSchema = z.strictObject({
  type: z.literal('in-pod'),
  /** Path of the shim's Unix socket, on a volume that both containers have. */
  socket: z.string().min(1),
});

const count = z.number().int().positive();

const proxyLimitsSchema = z.strictObject({
  /** Sessions of clients before 2026-07-28 that are open at once. */
  sessions: count.default(32),
  /** The same for one caller, so that nobody can take all. Callers that are not known by an assertion share all. */
  sessionsPerPrincipal: count.default(16),
  /** Processes of the server at once. */
  processes: count.default(32),
  /** Processes that one caller may have outside sessions with a process of their own. */
  processesPerPrincipal: count.default(4),
  /** Processes of the pool that `shared` isolation has. */
  poolProcesses: count.default(1),
  /** Processes that are started ahead, so that nobody waits for their start. */
  spareProcesses: z.number().int().nonnegative().default(0),
  /** Calls that wait for a process. */
  queuedCalls: count.default(64),
  /** Calls of one caller that are in flight or wait, those that wait for the caller's answers included. */
  callsPerPrincipal: count.default(64),
  /** Calls that wait for their caller's answer to a question of the server. */
  parkedCalls: count.default(64),
  parkedCallsPerPrincipal: count.default(3),
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
  /** A question of the server that its caller has not answered after this is given up. 60 s is what SDKs wait. */
  answerSeconds: seconds.default(60),
  /**
   * On shutdown, requests may still come for so long, because not everybody knows yet that the pod is ending. They are
   * answered as before; only sessions do not begin any more.
   */
  lagSeconds: z.number().nonnegative().default(0),
  /** After that, calls in flight get this long to finish. */
  drainSeconds: seconds.default(30),
});

/** Configuration of `cdk8s-mcp proxy --config FILE`. */
export const proxyConfigSchema = z.strictObject({
  server: dnsLabel,
  listen: listenAddress,
  admin: listenAddress,
  /**
   * Who shares a process of the server. `session`: nobody; a caller whose client has no sessions (2026-07-28) shares
   * with itself. `principal`: a caller with itself. `shared`: everybody.
   */
  isolation: z.enum(ISOLATIONS).default('session'),
  /** Whether servers learn of the directories that clients offer: for some that is a grant of file access. */
  roots: z.enum(['strip', 'allow']).default('strip'),
  /** How long clients may cache what servers before 2026-07-28 answer, and whether for other callers, too. */
  cacheHints: z.strictObject({
    ttlSeconds: z.number().int().nonnegative().default(0),
    scope: z.enum(['private', 'public']).default('private'),
  }).prefault({}),
  /** File with the public keys (JWK Set) of the gateways that may call. Without it, callers are not authenticated. */
  assertionKeys: z.string().min(1).optional(),
  connector: z.discriminatedUnion('type', [childConnectorSchema, inPodConnectorSchema]),
  limits: proxyLimitsSchema.prefault({}),
});

export type ProxyConfig = z.infer<typeof proxyConfigSchema>;
export type ProxyConfigInput = z.input<typeof proxyConfigSchema>;
