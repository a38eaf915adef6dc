import { l10n } from 'vscode';
import type { TranscriptView, ViewModel } from '../../protocol/viewModel.ts';
import { counted } from '../counted.ts';
import { conductorState } from '../stateWords.ts';
import { needInWords } from './summary.ts';

const LONGEST = 60;

/** What one session is at, in one line: `working · 3 of 7: writing tests · Bash: npm test · 2 at work`. Pure. */
export function sessionInWords({ session, counts }: ViewModel): string {
  if (!session.live) return conductorState('ended');
  const { tasks, activity } = session.transcript ?? {};
  const { state } = session.conductor;
  return [
    conductorState(state),
    counts.needsYou > 0 ? needInWords(counts.needsYou) : '',
    tasks === undefined ? '' : tasksInWords(tasks),
    activity === undefined || state === 'idle' ? '' : cut(activity.text),
    session.unhooked === undefined ? '' : l10n.t('seen from its transcript'),
    counts.running > 0 ? counted(l10n.t('{0, plural, one {# at work} other {# at work}}'), counts.running) : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function tasksInWords({ done, total, current }: NonNullable<TranscriptView['tasks']>): string {
  return current === undefined ? l10n.t('{0} of {1}', done, total) : l10n.t('{0} of {1}: {2}', done, total, current);
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
