import { hash } from 'node:crypto';
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { LRUCache } from 'lru-cache';
import type { PolicyAction } from '../../../lib/contract/policy';
import type { Caller } from '../auth/caller';
import { authorizationRequest, type PolicyServer } from './entities';
import { loadPolicies } from './load-policies';

export interface Decision {
  readonly allowed: boolean;
  /** The policies that made the decision; empty when no policy speaks of the request. */
  readonly policies: readonly string[];
}

const DENIED: Decision = { allowed: false, policies: [] };

/** JSON can carry half a character. Cedar takes whole ones only, so no policy can speak of such a name. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** What remembered decisions may take in all, about. Their number is no bound: clients send names of any length. */
const REMEMBERED_BYTES = 16 * 1024 * 1024;

/** What a remembered decision takes beside its key, about. */
const ENTRY_BYTES = 200;

/** Decides by Cedar who may do what. What no policy permits is denied. */
export class PolicyEngine {
  private static loaded = 0;

  private readonly decisions = new LRUCache<string, Decision>({
    maxSize: REMEMBERED_BYTES,
    sizeCalculation: (_decision, key) => key.length + ENTRY_BYTES,
  });
  private readonly claimDigests = new WeakMap<Caller, string>();

  private constructor(
    private readonly policySetId: string,
    private readonly servers: ReadonlyMap<string, PolicyServer>,
    /** With none, everything is denied. */
    readonly policyCount: number,
  ) {}

  /**
   * Reads every `*.cedar` file of a directory.
   *
   * @param servers the fleet's servers: what is asked about others is denied
   * @throws UsageError naming the file, the line and what is wrong there.
   */
  static load(directory: string, servers: readonly PolicyServer[]): PolicyEngine {
    const policies = loadPolicies(directory);
    const policySetId = `policies-${PolicyEngine.loaded++}`;
    const answer = preparsePolicySet(policySetId, { staticPolicies: Object.fromEntries(policies) });
    if (answer.type === 'failure') {
      throw new Error(`policies were valid one by one, but not together: ${answer.errors[0]?.message}`);
    }
    const byName = new Map(servers.map((server) => [server.name, server]));
    return new PolicyEngine(policySetId, byName, policies.size);
  }

  /**
   * Decides one request, or remembers how it was decided.
   *
   * @param target name of the tool or prompt, or URI of the resource; none for `discover`
   */
  decide(caller: Caller, action: PolicyAction, server: string, target = ''): Decision {
    const known = this.servers.get(server);
    if (known === undefined) {
      return DENIED;
    }
    const key = `${this.claimsDigest(caller)} ${action} ${server} ${target}`;
    let decision = this.decisions.get(key);
    if (decision === undefined) {
      decision = this.ask(caller, action, known, target);
      this.decisions.set(key, decision);
    }
    return decision;
  }

  private ask(caller: Caller, action: PolicyAction, server: PolicyServer, target: string): Decision {
    if ([caller.subject, ...caller.groups, ...caller.scopes, target].some((text) => LONE_SURROGATE.test(text))) {
      return DENIED;
    }
    const answer = statefulIsAuthorized({
      ...authorizationRequest(caller, action, server, target),
      preparsedPolicySetId: this.policySetId,
    });
    if (answer.type === 'failure') {
      throw new Error(`Cedar cannot decide: ${answer.errors.map((error) => error.message).join('; ')}`);
    }
    const { decision, diagnostics } = answer.response;
    return { allowed: decision === 'allow', policies: diagnostics.reason };
  }

  /** Stands for all that decisions depend on of a caller. Made once for each verified token. */
  private claimsDigest(caller: Caller): string {
    let digest = this.claimDigests.get(caller);
    if (digest === undefined) {
      const { issuer, subject, groups, scopes } = caller;
      digest = hash('sha256', JSON.stringify([issuer, subject, groups, scopes]), 'base64url');
      this.claimDigests.set(caller, digest);
    }
    return digest;
  }
}
