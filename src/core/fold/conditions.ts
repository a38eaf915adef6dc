import type { PendingCondition, SessionState, Worker } from '#protocol/state.ts';

/** What a condition is at a position: it holds, it may still hold, or it never can again. */
export type Verdict = 'holds' | 'open' | 'never';

/** Whether a worker is over, well or not. A planned one is not. */
export const hasEnded = (worker: Worker | undefined): boolean =>
  worker !== undefined && ['done', 'failed', 'aborted', 'lost'].includes(worker.state);

/**
 * Whom `done:all` and barriers mean: the other workers of its run, or, without a run, everybody else still at work. A
 * session that joined is a person's terminal: nobody knows when that will be done.
 */
export function peers(state: SessionState, worker: string | undefined): string[] {
  const run = worker === undefined ? undefined : state.workers.get(worker)?.run;
  return [...state.workers.values()]
    .filter((w) => w.id !== worker && (run === undefined ? !hasEnded(w) && w.session === undefined : w.run === run))
    .map((w) => w.id);
}

/**
 * Freezes conditions where they are said: bare `done` and `ok` mean `worker` itself, `done:all` the run's other
 * workers at this position.
 */
export function pendingConditions(
  state: SessionState,
  texts: string | string[] | undefined,
  worker?: string,
): PendingCondition[] {
  if (texts === undefined) return [];
  return (Array.isArray(texts) ? texts : [texts]).map((text) => {
    if ((text === 'done' || text === 'ok') && worker !== undefined) return { text: `${text}:${worker}`, held: false };
    if (text === 'done:all' || text === 'ok:all') return { text, workers: peers(state, worker), held: false };
    return { text, held: false };
  });
}

/** Whether `text` is a condition that can be understood at all. */
export function isCondition(text: string): boolean {
  return /^(done|ok)$|^(done|ok|checkpoint|free|decided|clear):.+/s.test(text);
}

function evaluateOne(state: SessionState, condition: PendingCondition): Verdict {
  const colon = condition.text.indexOf(':');
  if (colon === -1) return 'never';
  const kind = condition.text.slice(0, colon);
  const name = condition.text.slice(colon + 1);
  switch (kind) {
    case 'done':
    case 'ok': {
      const names = condition.workers ?? [name];
      const results = names.map((n) => evaluateEnd(state.workers.get(n), kind));
      return results.includes('never') ? 'never' : results.includes('open') ? 'open' : 'holds';
    }
    case 'checkpoint': {
      const checkpoint = state.checkpoints.get(name);
      if (checkpoint === undefined) return 'open';
      const missing = checkpoint.expected.filter((n) => !checkpoint.arrived.has(n));
      if (missing.length === 0) return 'holds';
      return missing.some((n) => evaluateEnd(state.workers.get(n), 'done') === 'holds') ? 'never' : 'open';
    }
    case 'free':
      return (state.locks.get(name)?.holders.length ?? 0) === 0 ? 'holds' : 'open';
    case 'decided':
      return state.ballots.get(name)?.decided === undefined ? 'open' : 'holds';
    case 'clear': {
      const block = state.blocks.get(name);
      // an id that was given but is no longer kept is of a block that ended long ago
      if (block === undefined) return Number(name.slice(1)) <= state.blockCount ? 'holds' : 'never';
      return block.ended === undefined ? 'open' : 'holds';
    }
    default:
      return 'never';
  }
}

function evaluateEnd(worker: Worker | undefined, kind: 'done' | 'ok'): Verdict {
  if (!hasEnded(worker)) return 'open';
  return kind === 'done' || worker?.state === 'done' ? 'holds' : 'never';
}

/** All of them together, latching each where it first holds (so call it after every event that could matter). */
export function evaluate(state: SessionState, conditions: PendingCondition[]): Verdict {
  let result: Verdict = 'holds';
  for (const condition of conditions) {
    if (condition.held) continue;
    const current = evaluateOne(state, condition);
    if (current === 'holds') condition.held = true;
    else if (current === 'never') result = 'never';
    else if (result !== 'never') result = 'open';
  }
  return result;
}

/** What a condition waits for, by name: for `done:W1` it is "W1". */
export function describeAwaited({ text, workers }: PendingCondition): string {
  return workers?.join(', ') ?? text.slice(text.indexOf(':') + 1);
}

/** What is waited for still, in words: `W1 has ended and db is free`; empty where nothing is. */
export const describePending = (conditions: readonly PendingCondition[]): string =>
  conditions
    .filter(({ held }) => !held)
    .map(describeCondition)
    .join(' and ');

/** A condition in words, for people: `done:W1` is "W1 has ended". */
export function describeCondition(condition: PendingCondition): string {
  const colon = condition.text.indexOf(':');
  const name = condition.text.slice(colon + 1);
  const names = condition.workers === undefined ? name : condition.workers.join(', ') || 'nobody';
  switch (condition.text.slice(0, colon)) {
    case 'done':
      return `${names} has ended`;
    case 'ok':
      return `${names} has ended well`;
    case 'checkpoint':
      return `all have reached ${name}`;
    case 'free':
      return `${name} is free`;
    case 'decided':
      return `${name} is decided`;
    case 'clear':
      return `${name} is cleared`;
    default:
      return condition.text;
  }
}
