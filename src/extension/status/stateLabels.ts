import { l10n } from 'vscode';
import type { ConductorState, WorkerState } from '#protocol/viewModel.ts';

/** What Claude is at, in a word or two of the person's language. */
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

/** How it stands with a worker, in a word of the person's language. */
export function workerStateLabel(state: WorkerState): string {
  const labels: Record<WorkerState, string> = {
    planned: l10n.t('planned'),
    starting: l10n.t('starting'),
    running: l10n.t('running'),
    waiting: l10n.t('waiting'),
    done: l10n.t('done'),
    failed: l10n.t('failed'),
    aborted: l10n.t('aborted'),
    lost: l10n.t('lost'),
  };
  return labels[state];
}
