import { tasksInWords } from '../../core/transcript/view.ts';
import type { ConductorState, ViewModel } from '../../protocol/viewModel.ts';
import { needInWords } from '../surfaces/summary.ts';

const STATE: Record<ConductorState, string> = {
  working: 'working',
  idle: 'idle',
  waiting: 'waiting for you',
  ended: 'ended',
  unknown: 'state unknown',
};

const LONGEST = 60;

/** What one session is at, in one line: `working · 3 of 7: writing tests · Bash: npm test · 2 at work`. Pure. */
export function sessionInWords({ session, counts }: ViewModel): string {
  if (!session.live) return STATE.ended;
  const { tasks, activity } = session.transcript ?? {};
  const { state } = session.conductor;
  return [
    STATE[state],
    counts.needsYou > 0 ? needInWords(counts.needsYou).toLowerCase() : '',
    tasks === undefined ? '' : tasksInWords(tasks),
    activity === undefined || state === 'idle' ? '' : cut(activity.text),
    session.unhooked === undefined ? '' : 'seen from its transcript',
    counts.running > 0 ? `${counts.running} at work` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
