import { masked } from '#core/base/masking.ts';
import { ellipsize } from '#core/base/text.ts';
import type { LatestSteps } from '#core/claude/transcript/steps.ts';
import type { TranscriptState } from '#core/claude/transcript/transcriptState.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { PeekView, StepView } from '#protocol/peek.ts';
import type { SessionState } from '#protocol/state.ts';
import type { ViewTexts } from '#protocol/viewTexts.ts';
import { describeEvent } from './describeEvent.ts';
import { namesOf } from './names.ts';
import { ENGLISH } from './wording.ts';

const MAX_STEPS = 6;
const MAX_STEP_CHARS = 160;
const MAX_TEXT_CHARS = 4000;

export interface PeekSources {
  /** The session's log. */
  log: SessionState;
  /** The end of the agent's transcript; undefined where there is none. */
  latest: LatestSteps | undefined;
  /** Its transcript as a whole, where that is followed. */
  whole: TranscriptState | undefined;
  /** The sentences about what the log has; without them English. */
  texts?: ViewTexts;
}

/**
 * A closer look at an agent: its latest steps from its transcript, else those of its log. Secrets are masked; the page
 * makes the texts inert. Pure.
 */
export function peekView(
  { log, latest, whole, texts = ENGLISH }: PeekSources,
  target: Pick<PeekView, 'session' | 'worker'>,
): PeekView {
  const { worker = CONDUCTOR } = target;
  const steps = (latest?.steps ?? []).map((step): StepView => ({ ...step, text: line(step.text) }));
  const prompt = latest?.prompt ?? log.workers.get(worker)?.task;
  return {
    ...target,
    prompt: prompt && text(prompt),
    steps: steps.length > 0 ? steps : loggedSteps(log, worker, texts),
    calls: latest === undefined ? [] : openCalls(latest),
    tokens: whole?.tokens,
    contextTokens: (whole ?? latest?.state)?.contextTokens,
    costUsd: (whole ?? latest?.state)?.costUsd,
    usage: worker === CONDUCTOR ? log.conductor.usage : undefined,
    transcript: latest === undefined ? 'missing' : isUnread(latest.state) ? 'unread' : 'read',
  };
}

/** An empty one is read; one whose lines are all of unknown shape is not. */
const isUnread = ({ lines }: TranscriptState): boolean => lines.understood === 0 && lines.unknown > 0;

/** What the log has of an agent, which is less than a transcript. */
function loggedSteps(state: SessionState, agent: string, texts: ViewTexts): StepView[] {
  const { activity } = state;
  const wording = { texts, names: namesOf('', state, undefined, texts) };
  const own = activity.filter(({ event }) => ('worker' in event ? event.worker : CONDUCTOR) === agent);
  return own.slice(-MAX_STEPS).flatMap(({ ts, event }): StepView[] => {
    const description = describeEvent(event, wording);
    return description === undefined ? [] : [{ kind: 'event', ts, text: line(description) }];
  });
}

function openCalls({ state, inputs }: LatestSteps): PeekView['calls'] {
  return [...state.calls].slice(-MAX_STEPS).map(([id, { name, label, sinceTs }]) => {
    return { tool: name, sinceTs, text: text(inputs.get(id) ?? label) };
  });
}

/** Masked before it is cut, since half a secret is not recognised as one. */
const text = (whole: string): string => ellipsize(masked(whole), MAX_TEXT_CHARS);

const line = (whole: string): string => ellipsize(masked(whole).replaceAll(/\s+/g, ' ').trim(), MAX_STEP_CHARS);
