import { l10n } from 'vscode';
import type { ConductorState, TranscriptView, ViewModel, WorkerState } from '#protocol/viewModel.ts';
import { plural } from '#extension/base/plural.ts';
import { describeNeeds } from './summary.ts';
import { ellipsize } from '#core/base/text.ts';

const MAX_CHARS = 60;

/** One line about a session: `working · 3 of 7: writing tests · Bash: npm test · 2 at work`. Pure. */
export function describeSession({ session, counts }: ViewModel): string {
  if (!session.live) return conductorStateLabel('ended');
  const { tasks, activity } = session.transcript ?? {};
  const { state } = session.conductor;
  return [
    conductorStateLabel(state),
    counts.needsYou > 0 ? describeNeeds(counts.needsYou) : '',
    tasks === undefined ? '' : describeTasks(tasks),
    activity === undefined || state === 'idle' ? '' : truncate(activity.text),
    session.machine === undefined ? '' : l10n.t('on {0}', session.machine),
    session.link === undefined || session.link.kind === 'shared' ? '' : session.link.text,
    session.background === undefined ? '' : l10n.t('in the background'),
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

/** The state of Claude in the person's language. */
export function conductorStateLabel(state: ConductorState): string {
  const labels: Record<ConductorState, string> = {
    working: l10n.t('working'),
    idle: l10n.t('idle'),
    waiting: l10n.t('waiting for you'),
    ended: l10n.t('ended'),
    unknown: l10n.t('state unknown'),
  };
  return labels[state];
}

/** The state of a worker in the person's language. */
export function workerStateLabel(state: WorkerState): string {
  const labels: Record<WorkerState, string> = {
    planned: l10n.t('planned'),
    starting: l10n.t('starting'),
    running: l10n.t('running'),
    waiting: l10n.t('waiting'),
    idle: l10n.t('idle'),
    done: l10n.t('done'),
    failed: l10n.t('failed'),
    aborted: l10n.t('aborted'),
    lost: l10n.t('lost'),
  };
  return labels[state];
}
