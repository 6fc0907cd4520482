import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { UnreadAnswers } from './unread-answers';

/** What of a response the bound looks at; its bytes wait as long as the test wants. */
class Waiting extends EventEmitter {
  destroyed = false;

  constructor(readonly name: string, public writableLength: number) {
    super();
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function add(answers: UnreadAnswers, ...responses: Waiting[]): void {
  responses.forEach((response) => answers.watch(response as unknown as ServerResponse));
}

describe('UnreadAnswers', () => {
  it('closes the connections with most until the rest is within the bound', () => {
    const [small, large, larger] = [new Waiting('small', 10), new Waiting('large', 60), new Waiting('larger', 80)];
    add(new UnreadAnswers(75), small, large, larger);
    expect([small, large, larger].map(({ destroyed }) => destroyed)).toEqual([false, false, true]);
  });

  it('does not count what has been read, or whose client has gone', () => {
    const answers = new UnreadAnswers(100);
    const [read, gone, last] = [new Waiting('read', 60), new Waiting('gone', 60), new Waiting('last', 60)];
    add(answers, read);
    read.writableLength = 0;
    add(answers, gone);
    gone.destroy();
    add(answers, last);
    expect(last.destroyed).toBe(false);
  });

  it('counts a response once, however often it is added', () => {
    const answers = new UnreadAnswers(100);
    const response = new Waiting('response', 60);
    add(answers, response, response, response);
    expect(response.destroyed).toBe(false);
    expect(response.listenerCount('close')).toBe(1);
  });
});
