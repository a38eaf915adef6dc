import type { Event, EventOf } from '#protocol/event.ts';
import type { PromptOrigin } from '#protocol/promptSource.ts';
import type { Activity } from '#protocol/state.ts';
import type { ActivityView } from '#protocol/viewModel.ts';
import { ellipsize } from '#core/base/text.ts';
import { STOPPED } from '#core/fold/kinds.ts';
import { hookMessage, isBlocking, rewrittenInput } from '#core/fold/hookMessage.ts';
import { provableOf } from '#core/fold/provable.ts';
import { askText, endReason } from './askText.ts';
import { BY_IDS, type Wording } from './wording.ts';

/** Longest line of an activity, in characters. */
const MAX_CHARS = 300;

/** The view of an activity. */
export function activityView(
  { pos, ts, event }: Omit<Activity, 'ts'> & { ts?: number },
  wording: Wording,
): ActivityView {
  const worker = 'worker' in event ? event.worker : undefined;
  const text = describeEvent(event, wording) ?? event.t;
  const endsWell = event.t === 'exit' && event.code === 0 && event.retryMs === undefined;
  return { pos, ts, t: event.t, worker, text, endsWell: endsWell || undefined };
}

/** An event as one line for a person; undefined for bookkeeping. */
export function describeEvent(event: Event, wording = BY_IDS): string | undefined {
  const text = eventText(event, wording);
  return text === undefined ? undefined : ellipsize(text, MAX_CHARS);
}

/** The events that come with words of an agent or a person; the others have a sentence of their own. */
function eventText(event: Event, wording: Wording): string | undefined {
  const { detail, activity: texts } = wording.texts;
  const { worker: nameOf, block: nameOfBlock } = wording.names;
  const withWords = (text: string, words: string | undefined): string =>
    words === undefined ? text : detail(text, words);
  switch (event.t) {
    case 'turn':
      return withWords(texts.turn(wording.texts.state[event.state]), event.reason);
    case 'prompt':
      return promptText(event, wording);
    case 'spawn':
      return withWords(texts.started, event.task);
    case 'done':
      return withWords(texts.done, typeof event.result === 'string' ? event.result : event.task);
    case 'error':
      return withWords(event.critical === true ? texts.critical : texts.error, event.message);
    case 'consent':
      return withWords(
        (event.decision === 'start' ? texts.lets : texts.letsNot)(nameOf(event.by), event.run),
        event.word,
      );
    case 'ballot':
      return withWords(texts.ballot(event.ballot), event.question);
    case 'vote':
      return withWords(texts.votes(event.decision), event.reason);
    case 'hook':
      return withWords(hookText(event, wording), hookMessage(event) || undefined);
    case 'unblock':
      return withWords(texts.released(nameOfBlock(event.block), nameOf(event.by)), event.word);
    case 'deny':
      return withWords(texts.refuses(nameOf(event.by)), event.word);
    case 'resolve':
      return withWords(texts.resolved(nameOfBlock(event.block), nameOf(event.by)), event.word);
    case 'tell':
      return withWords(texts.tells(nameOf(event.by), nameOf(event.to)), event.text);
    case 'log':
      return withWords(event.level, event.message);
    default:
      return sentence(event, wording);
  }
}

type Worded =
  | 'turn'
  | 'prompt'
  | 'spawn'
  | 'done'
  | 'error'
  | 'consent'
  | 'ballot'
  | 'vote'
  | 'hook'
  | 'unblock'
  | 'deny'
  | 'resolve'
  | 'tell'
  | 'log';

/** No default, so that the linter names an event that has no text yet. */
function sentence(event: Exclude<Event, { t: Worded }>, wording: Wording): string | undefined {
  const { activity: texts, ...common } = wording.texts;
  const { worker: nameOf, block: nameOfBlock } = wording.names;
  switch (event.t) {
    case 'session':
      return sessionText(event, wording);
    case 'end': {
      const reason = event.reason === undefined ? undefined : endReason(event.reason, wording.texts);
      return reason === undefined ? texts.ended : common.note(texts.ended, reason);
    }
    case 'plan': {
      const workers = event.workers.map(({ worker }) => nameOf(worker)).join(', ');
      return (event.ask === true ? texts.asksToStart : texts.planned)(event.run, workers);
    }
    case 'progress': {
      const percent = event.pct === undefined ? undefined : texts.percent(Math.round(event.pct));
      return [percent, event.phase, event.message].filter(Boolean).join(' · ') || undefined;
    }
    case 'checkpoint':
      return texts.reached(event.name);
    case 'exit':
      return exitText(event, wording);
    case 'handoff':
      return event.task === undefined ? texts.handsOn(nameOf(event.to)) : texts.hands(event.task, nameOf(event.to));
    case 'decide':
      return texts.decided(event.ballot, event.decision, nameOf(event.by));
    case 'acquire':
      return texts.asksFor(event.resource);
    case 'release':
      return texts.givesBack(event.resource);
    case 'expire':
      return texts.ranOut(event.what === 'block' ? nameOfBlock(event.ref) : event.ref);
    case 'denied':
    case 'held':
      return enforcedText(event, wording);
    case 'abort':
      if (event.worker === undefined) return texts.abortSession(nameOf(event.by));
      return texts.abort(nameOf(event.worker), nameOf(event.by));
    case 'tool':
      return texts.calls(callText(event));
    case 'collision':
      return texts.edits(event.file, event.session === undefined ? nameOf(event.other) : common.anotherSession);
    case 'ran':
      return ranText(event, wording);
    case 'edited':
      return event.path === undefined ? texts.mayEdit : texts.edited(event.path);
    case 'ask':
      return texts.asked(askText(event, wording.texts));
    case 'answer':
      if (event.decision === 'gone') return texts.gone;
      return (event.decision === 'allow' ? texts.allowed : texts.denied)(nameOf(event.by));
    case 'open':
    case 'claim':
    case 'delivered':
    case 'passed':
    case 'usage':
    case 'launch':
    case 'watch':
    case 'dismiss':
    case 'uncommitted':
    case 'mergeable':
    case 'taken':
    case 'tree':
      return undefined;
  }
}

function ranText({ of, code, hidden, task }: EventOf<'ran'>, { texts }: Wording): string {
  const { activity, note } = texts;
  const command = provableOf(of)?.command ?? of;
  if (hidden !== undefined) return note(activity.notShown(command), hidden);
  if (task !== undefined) return activity.inBackground(command);
  return code === 0 ? activity.passed(command) : activity.notPassed(command, code ?? '?');
}

const callText = ({ tool, summary }: { tool: string; summary?: string | undefined }): string =>
  summary === undefined ? tool : `${tool} ${summary}`;

function sessionText({ source }: EventOf<'session'>, { texts: { activity: texts, note } }: Wording): string {
  const { began, resumed, cleared, compacted } = texts;
  const known: Record<string, string> = { startup: began, resume: resumed, clear: cleared, compact: compacted };
  if (source === undefined) return began;
  return (Object.hasOwn(known, source) ? known[source] : undefined) ?? note(began, source);
}

/** A prompt, or what came in its place. */
function promptText({ from, text }: EventOf<'prompt'>, { texts }: Wording): string {
  const { aPrompt, prompt, from: origins } = texts.activity;
  if (from === undefined) return text === undefined ? aPrompt : prompt(text);
  const origin = Object.hasOwn(origins, from) ? origins[from as PromptOrigin] : origins.other;
  return text === undefined ? origin : texts.detail(origin, text);
}

function exitText({ lost, signal, code, attempt, retryMs, reason }: EventOf<'exit'>, { texts }: Wording): string {
  const { activity } = texts;
  if (signal === STOPPED) return reason === undefined ? activity.stopped : texts.detail(activity.stopped, reason);
  if (lost === true) return activity.lost;
  const how = signal ?? activity.code(code ?? '?');
  return retryMs === undefined ? activity.exit(how) : activity.attempt(attempt ?? 1, how, Math.round(retryMs / 1000));
}

function hookText(event: EventOf<'hook'>, { texts: { activity: texts } }: Wording): string {
  if (isBlocking(event)) return texts.blocks(event.event);
  if (event.exit !== 0) return texts.warns(event.event);
  return (rewrittenInput(event) === undefined ? texts.informs : texts.rewrites)(event.event);
}

function enforcedText(event: EventOf<'denied'> | EventOf<'held'>, { texts, names }: Wording): string {
  const { activity, note } = texts;
  const block = names.block(event.block);
  if (event.t === 'denied') {
    const refused = activity.refused(block, callText(event));
    return event.doubt === undefined ? refused : note(refused, activity.unreadable(event.doubt));
  }
  if (event.ms === undefined) return activity.holds(block, callText(event));
  return activity.held(block, callText(event), (event.ms / 1000).toFixed(1));
}
