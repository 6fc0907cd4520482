import type { JsonRpcId, JsonRpcRequest } from '../mcp/json-rpc';
import { isTooDeep } from './json-object';
import { isValidAnswer, toModernQuestion } from './questions';

/** Questions of one call that may be open at once. */
export const MOST_QUESTIONS = 100;

interface OpenQuestion {
  readonly question: JsonRpcRequest;
  readonly askedAt: number;
}

/** The questions of one call that nobody has answered, by the keys under which a client of 2026-07-28 sees them. */
export class OpenQuestions {
  private asked = 0;
  private readonly open = new Map<string, OpenQuestion>();

  get size(): number {
    return this.open.size;
  }

  /** Whether the server asks so much that nobody can mean to answer it. */
  get isFull(): boolean {
    return this.open.size >= MOST_QUESTIONS;
  }

  get all(): JsonRpcRequest[] {
    return [...this.open.values()].map(({ question }) => question);
  }

  /** When the oldest was asked. */
  get oldest(): number {
    return Math.min(...[...this.open.values()].map(({ askedAt }) => askedAt));
  }

  add(question: JsonRpcRequest, askedAt: number): void {
    this.open.set(`question-${++this.asked}`, { question, askedAt });
  }

  withdraw(id: JsonRpcId): void {
    for (const [key, { question }] of this.open) {
      if (question.id === id) {
        this.open.delete(key);
      }
    }
  }

  /** `inputRequests` of a result. */
  toInputRequests(): object {
    return Object.fromEntries([...this.open].map(([key, { question }]) => [key, toModernQuestion(question)]));
  }

  /**
   * Takes the answers that fit a question. Those to questions that nobody asked are ignored, and what is no answer
   * leaves its question open (2026-07-28, Multi Round-Trip Requests, Error Handling).
   */
  takeAnswers(inputResponses: unknown): { question: JsonRpcRequest; answer: object }[] {
    if (typeof inputResponses !== 'object' || inputResponses === null) {
      return [];
    }
    const taken = [];
    for (const [key, { question }] of [...this.open]) {
      const answer: unknown = Object.hasOwn(inputResponses, key)
        ? (inputResponses as Record<string, unknown>)[key] : undefined;
      if (isValidAnswer(question.method, answer) && !isTooDeep(answer)) {
        this.open.delete(key);
        taken.push({ question, answer: answer as object });
      }
    }
    return taken;
  }

  /** Takes the questions that were asked at this time or before. */
  takeAskedUntil(time: number): JsonRpcRequest[] {
    const taken = [...this.open].filter(([, { askedAt }]) => askedAt <= time);
    taken.forEach(([key]) => this.open.delete(key));
    return taken.map(([, { question }]) => question);
  }
}
