import { l10n } from 'vscode';
import type { TranscriptView, ViewModel } from '#protocol/viewModel.ts';
import { plural } from '#extension/base/plural.ts';
import { conductorStateLabel } from './stateLabels.ts';
import { describeNeeds } from './summary.ts';
import { ellipsize } from '#core/base/text.ts';

const MAX_CHARS = 60;

/** What one session is at, in one line: `working · 3 of 7: writing tests · Bash: npm test · 2 at work`. Pure. */
export function describeSession({ session, counts }: ViewModel): string {
  if (!session.live) return conductorStateLabel('ended');
  const { tasks, activity } = session.transcript ?? {};
  const { state } = session.conductor;
  return [
    conductorStateLabel(state),
    counts.needsYou > 0 ? describeNeeds(counts.needsYou) : '',
    tasks === undefined ? '' : describeTasks(tasks),
    activity === undefined || state === 'idle' ? '' : truncate(activity.text),
    session.unhooked === undefined ? '' : l10n.t('seen from its transcript'),
    counts.running > 0 ? plural(l10n.t('{0, plural, one {# at work} other {# at work}}'), counts.running) : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function describeTasks({ done, total, current }: NonNullable<TranscriptView['tasks']>): string {
  return current === undefined ? l10n.t('{0} of {1}', done, total) : l10n.t('{0} of {1}: {2}', done, total, current);
}

function truncate(text: string): string {
  return ellipsize(text, MAX_CHARS);
}
