import type { Timeouts } from './timeouts';
import type { UnreadAnswers } from './unread-answers';

/** How messages are brought to clients. */
export interface Delivery {
  /** When an answer becomes a stream, and how often a comment shows that it is alive. */
  readonly keepAlive: Timeouts;
  readonly unread: UnreadAnswers;
}
