import { ACTION } from '../../../lib/contract/policy';
import { isRequest, type JsonRpcMessage } from '../mcp/json-rpc';
import type { PolicyEngine } from '../policy/policy-engine';
import type { Exchange } from './exchange';
import type { GatewayMetrics } from './gateway-metrics';
import { SEE_SERVER, questionOf, unknownTarget, type Question } from './policy/guard';
import type { Permits } from './policy/list-filter';
import { notFound } from './refusal';

/** Asks policy on behalf of a request. */
export class Access {
  constructor(private readonly policy: PolicyEngine, private readonly metrics: GatewayMetrics) {}

  /** Whether the caller may know of a server at all. */
  sees({ caller }: Exchange, server: string): boolean {
    return this.policy.decide(caller!, ACTION.DISCOVER, server).allowed;
  }

  /** Decides a question, and notes the answer for audit and metrics. */
  decide(exchange: Exchange, server: string, question: Question): boolean {
    const decision = this.policy.decide(exchange.caller!, question.action, server, question.target);
    exchange.decided(question, decision);
    return decision.allowed;
  }

  /** @throws Refusal as for a server that does not exist, when the caller may not see it. */
  requireServer(exchange: Exchange, server: string): void {
    if (!this.decide(exchange, server, SEE_SERVER)) {
      throw notFound();
    }
  }

  /**
   * Decides what a message asks for, on a server that the caller may see.
   *
   * @throws Refusal as for a tool, prompt or resource that does not exist, when the caller may not use it.
   */
  requireMessage(exchange: Exchange, server: string, message: JsonRpcMessage): void {
    // Notifications and answers to the server do nothing by themselves: seeing the server is enough.
    const question = isRequest(message) ? questionOf(message) : SEE_SERVER;
    if (!this.decide(exchange, server, question)) {
      throw unknownTarget(question);
    }
  }

  /** For the lists of a server; what they name is learnt as the names of its tools. */
  permits({ caller }: Exchange, server: string): Permits {
    return (action, target) => {
      if (action === ACTION.CALL_TOOL) {
        this.metrics.toolExists(server, target);
      }
      return this.policy.decide(caller!, action, server, target).allowed;
    };
  }
}
