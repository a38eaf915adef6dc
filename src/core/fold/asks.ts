import { ellipsize } from '#core/base/text.ts';
import type { EventOf } from '#protocol/event.ts';
import type { Ask, SessionState } from '#protocol/state.ts';
import { hasEnded } from './conditions.ts';
import { isSubagent } from './kinds.ts';
import { assignDefined, type EventPosition } from './state.ts';

/** Open requests kept at most; more is not a person's queue but a fault. */
const MAX_ASKS = 50;

/** Claude Code asks the person for a permission: until the answer, the asking agent waits. */
export function onAsk(state: SessionState, event: EventOf<'ask'>, at: EventPosition): void {
  if (state.asks.size >= MAX_ASKS && !state.asks.has(event.ask)) return;
  const { ask: id, tool, summary, worker, answerable } = event;
  const ask: Ask = { id, tool, summary, pos: at.pos, sinceTs: at.ts };
  state.asks.set(id, assignDefined(ask, { worker, answerable: answerable || undefined }));
  if (!isAskedHere(state, ask)) return;
  const { conductor } = state;
  if (conductor.state !== 'waiting') {
    conductor.before = conductor.state;
    conductor.sinceTs = at.ts;
  }
  conductor.state = 'waiting';
  conductor.reason = describeAsk(ask);
}

/** A request is answered or withdrawn; the Conductor waits on only for another one of its own. */
export function onAnswer(state: SessionState, event: EventOf<'answer'>, at: EventPosition): void {
  if (!state.asks.delete(event.ask)) return;
  const { conductor } = state;
  if (conductor.state !== 'waiting') return;
  const next = [...state.asks.values()].find((ask) => isAskedHere(state, ask));
  if (next === undefined) {
    conductor.state = conductor.before ?? 'working';
    conductor.sinceTs = at.ts;
    delete conductor.reason;
  } else conductor.reason = describeAsk(next);
}

/** A new turn: drops the Conductor's own requests of the last one, and those of ended workers. */
export function dropStaleAsks(state: SessionState): void {
  for (const [id, { worker }] of state.asks) {
    const asker = worker === undefined ? undefined : state.workers.get(worker);
    if (worker === undefined || hasEnded(asker)) state.asks.delete(id);
  }
}

/** Whether the dialog is open in the Conductor's own terminal, and not in that of another session. */
export function isAskedHere(state: SessionState, { worker }: Ask): boolean {
  return worker === undefined || isSubagent(state.workers.get(worker));
}

/** The subject of a request, after `waiting`: `for your permission: Bash npm test`. */
export function describeAsk({ tool, summary }: Pick<Ask, 'tool' | 'summary'>): string {
  const [line = ''] = summary.split('\n', 1);
  const short = ellipsize(line, 120);
  if (tool === 'AskUserQuestion') return `for your answer: ${short}`;
  if (tool === 'ExitPlanMode') return 'for your word on its plan';
  return `for your permission: ${tool} ${short}`.trimEnd();
}
