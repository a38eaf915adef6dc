/**
 * The waiting bill of a session: what its critical path was made of. Whatever the Conductor was at or waited for at a time counts,
 * and of a worker that it waited for what that one waited for in turn; so the parts add up to the whole, to the millisecond.
 */

/**
 * What a part of the path was. `claude`: Claude at work, the model and its tools where the transcript does not tell them
 * apart; `model` and `tool` where it does; `answer`: a permission or a release of the person; `prompt`: nothing was asked of
 * anyone until the next prompt; `time`: a block that ends by time alone.
 */
export const BILL_KINDS = ['claude', 'model', 'tool', 'worker', 'lock', 'vote', 'answer', 'time', 'prompt'] as const;
export type BillKind = (typeof BILL_KINDS)[number];

export interface BillPart {
  kind: BillKind;
  /** The id of the worker's lane, the tool, the resource, the ballot. */
  name?: string;
  ms: number;
  /** How much shorter the session would have been without it: less where something else lasted as long beside it. */
  savedMs: number;
  /** The longest piece of it: when it began, and the line of the log. */
  from: number;
  pos: number;
}

export interface WaitingBill {
  totalMs: number;
  /** The largest first; together they are `totalMs`. */
  parts: BillPart[];
}

/** The name of each kind; that of a worker, a tool, a lock or a ballot stands beside it. */
export const BILL_LABELS: Record<BillKind, string> = {
  claude: 'Claude at work',
  model: 'the model',
  tool: 'a tool',
  worker: 'waiting for a worker',
  lock: 'waiting for a lock',
  vote: 'waiting for a vote',
  answer: 'waiting for your answer',
  time: 'waiting for a time to pass',
  prompt: 'until your next prompt',
};

/** What a span waits for, as far as one thing is to be named. */
export interface Awaited {
  kind: 'worker' | 'lock' | 'vote' | 'answer' | 'time';
  name?: string;
}

/** The kinds that one could do something about; time that is for the model, or before a prompt, is no waiting. */
const CHANGEABLE: readonly BillKind[] = ['tool', 'worker', 'lock', 'vote', 'answer', 'time'];

/** The one part without which the session would have been shortest; undefined where there is none. */
export function greatestSaving({ parts }: WaitingBill): BillPart | undefined {
  const changeable = parts.filter(({ kind, savedMs }) => CHANGEABLE.includes(kind) && savedMs > 0);
  return changeable.toSorted((a, b) => b.savedMs - a.savedMs)[0];
}
