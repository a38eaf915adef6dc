import type { Event } from '#protocol/event.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import type { TimelineMark } from '#protocol/timeline.ts';

/** A mark in the lane of an agent. */
export interface EventMark extends Pick<TimelineMark, 'kind' | 'label' | 'text' | 'to'> {
  lane: string;
}

/** The mark that an event makes by itself; undefined if it makes none. `state` is the state after the event. */
export function eventMark(state: SessionState, event: Event): EventMark | undefined {
  switch (event.t) {
    case 'checkpoint':
      return { lane: event.worker, kind: 'checkpoint', label: event.name };
    case 'vote': {
      const label = event.ballot === undefined ? event.decision : `${event.ballot}: ${event.decision}`;
      return { lane: event.worker, kind: 'vote', label, text: event.reason };
    }
    case 'handoff':
      return { lane: event.worker, kind: 'handoff', label: event.to, text: event.task, to: event.to };
    case 'error':
      return { lane: event.worker, kind: 'error', text: event.message };
    case 'exit': {
      // an exit that ends the worker is marked as its end; only an exit before a retry is an error
      const problem = event.retryMs === undefined ? undefined : state.workers.get(event.worker)?.problem;
      return problem === undefined ? undefined : { lane: event.worker, kind: 'error', text: problem };
    }
    case 'unblock': {
      const block = state.blocks.get(event.block);
      // a release of a block that there is not decides nothing
      if (event.by !== USER || block === undefined) return undefined;
      return {
        lane: USER,
        kind: 'decision',
        label: event.block,
        text: [event.word, block.text].filter(Boolean).join(' · '),
      };
    }
    case 'abort':
      return event.worker === undefined
        ? { lane: CONDUCTOR, kind: 'aborted', text: `aborted by ${event.by}` }
        : undefined;
    case 'log':
      return event.level === 'error' || event.level === 'escalate'
        ? { lane: event.worker ?? CONDUCTOR, kind: 'error', text: event.message }
        : undefined;
    default:
      return undefined;
  }
}
