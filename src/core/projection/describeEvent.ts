import type { Event } from '#protocol/event.ts';
import type { Activity } from '#protocol/state.ts';
import type { ActivityView } from '#protocol/viewModel.ts';
import { ellipsize } from '#core/base/text.ts';
import { hookMessage } from '#core/fold/hookMessage.ts';

/** Longest line of an activity, in characters. */
const MAX_CHARS = 300;

/** The view of an activity. */
export function activityView({ pos, ts, event }: Omit<Activity, 'ts'> & { ts?: number }): ActivityView {
  const worker = 'worker' in event ? event.worker : undefined;
  return { pos, ts, t: event.t, worker, text: describeEvent(event) ?? event.t };
}

/** An event as one line for a person; undefined for bookkeeping. */
export function describeEvent(event: Event): string | undefined {
  const text = eventText(event);
  return text === undefined ? undefined : ellipsize(text, MAX_CHARS);
}

/** An optional part of a text, after what separates it. */
const suffix = (separator: string, text: string | undefined): string => (text === undefined ? '' : separator + text);

function eventText(event: Event): string | undefined {
  switch (event.t) {
    case 'session':
      return `session ${event.source ?? 'started'}`;
    case 'turn':
      return `Claude is ${event.state}${suffix(': ', event.reason)}`;
    case 'end':
      return `session ended${event.reason === undefined ? '' : ` (${event.reason})`}`;
    case 'prompt':
      return event.text === undefined ? 'a prompt' : `prompt: ${event.text}`;
    case 'plan':
      return `${event.run} ${event.ask === true ? 'asks to start' : 'planned'}: ${event.workers.map((w) => w.worker).join(', ')}`;
    case 'consent':
      return `${event.by} ${event.decision === 'start' ? 'lets' : 'does not let'} ${event.run} start${suffix(': ', event.word)}`;
    case 'spawn':
      return `started${suffix(': ', event.task)}`;
    case 'progress':
      return (
        [event.pct === undefined ? undefined : `${Math.round(event.pct)} %`, event.phase, event.message]
          .filter(Boolean)
          .join(' · ') || undefined
      );
    case 'checkpoint':
      return `reached ${event.name}`;
    case 'done':
      return `done${suffix(': ', typeof event.result === 'string' ? event.result : event.task)}`;
    case 'error':
      return `${event.critical === true ? 'critical error' : 'error'}: ${event.message}`;
    case 'exit':
      return event.lost === true
        ? 'lost: its process is gone'
        : `${event.retryMs === undefined ? '' : `attempt ${event.attempt ?? 1} `}ended with ${event.signal ?? `code ${event.code ?? '?'}`}${event.retryMs === undefined ? '' : `; again in ${Math.round(event.retryMs / 1000)} s`}`;
    case 'handoff':
      return `hands ${event.task ?? 'on'} to ${event.to}`;
    case 'ballot':
      return `ballot ${event.ballot}${suffix(': ', event.question)}`;
    case 'vote':
      return `votes ${event.decision}${suffix(': ', event.reason)}`;
    case 'decide':
      return `${event.ballot} decided: ${event.decision} (by ${event.by})`;
    case 'acquire':
      return `asks for ${event.resource}`;
    case 'release':
      return `gives back ${event.resource}`;
    case 'expire':
      return `${event.what} ${event.ref} ran out`;
    case 'hook': {
      const verb = event.exit === 0 ? 'informs' : event.exit === 2 ? 'blocks' : 'warns';
      return `${verb} at ${event.event}: ${hookMessage(event)}`;
    }
    case 'unblock':
      return `${event.block} released by ${event.by}${suffix(': ', event.word)}`;
    case 'resolve':
      return `${event.block} resolved by ${event.by}: ${event.word}`;
    case 'denied':
      return `${event.block} refused ${event.tool}${suffix(' ', event.summary)}`;
    case 'held':
      return `${event.block} ${event.ms === undefined ? 'holds' : `held for ${(event.ms / 1000).toFixed(1)} s`} ${event.tool}${suffix(' ', event.summary)}`;
    case 'tell':
      return `${event.by} tells ${event.to}: ${event.text}`;
    case 'abort':
      return `abort of ${event.worker ?? 'the session'} by ${event.by}`;
    case 'tool':
      return `Claude calls ${event.tool}${suffix(' ', event.summary)}`;
    case 'collision':
      return `edits ${event.file}, and so does ${event.other}${suffix(' of session ', event.session?.slice(0, 8))}`;
    case 'log':
      return `${event.level}: ${event.message}`;
    case 'ask':
      return `permission asked: ${event.tool} ${event.summary}`;
    case 'answer':
      return `permission ${event.decision} by ${event.by}`;
    case 'open':
    case 'claim':
    case 'delivered':
    case 'usage':
    case 'watch':
    case 'dismiss':
      return undefined;
  }
}
