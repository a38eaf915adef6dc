import { DECIDED_NOTICES } from '#protocol/board.ts';
import type { AskView, DecisionView, HeldCallView, NoticeView, SessionView } from '#protocol/viewModel.ts';

/** Whether Claude asks for a word, and not for a permission: a question, or what to do with a plan. */
export const isQuestion = ({ tool }: Pick<AskView, 'tool'>): boolean =>
  tool === 'AskUserQuestion' || tool === 'ExitPlanMode';

/** Whether a notice of this kind waits for the person. */
export const isDecided = (kind: NoticeView['kind']): boolean => DECIDED_NOTICES.includes(kind);

interface DecisionSources {
  asks: readonly AskView[];
  calls: readonly HeldCallView[];
  notices: readonly NoticeView[];
  conductor?: SessionView['conductor'];
}

/**
 * What needs the person: the one predicate behind the badge, the status bar, the panel's section, the tree, the spoken
 * number and the notifications. First what keeps Claude waiting now, then the rest; the oldest first among equals. Pure.
 */
export function decisionsOf({ asks, calls, notices, conductor }: DecisionSources): DecisionView[] {
  // a dialog that no hook has reported: Claude Code itself reports that it waits
  const dialog = asks.length === 0 && conductor?.state === 'waiting' ? [conductor] : [];
  const decisions: DecisionView[] = [
    ...dialog.map(({ sinceTs = 0 }): DecisionView => ({ kind: 'dialog', id: 'dialog', sinceTs, stopsClaude: true })),
    ...asks.map(({ id, sinceTs }): DecisionView => ({ kind: 'ask', id, sinceTs, stopsClaude: true })),
    ...calls
      .filter(({ needsYou }) => needsYou)
      .map(({ id, sinceTs, state }): DecisionView => ({ kind: 'call', id, sinceTs, stopsClaude: state === 'held' })),
    ...notices
      .filter(({ kind }) => isDecided(kind))
      .map(({ id, ts = 0, cause }): DecisionView => {
        return { kind: 'notice', id, sinceTs: ts, stopsClaude: false, ...(cause === undefined ? {} : { cause }) };
      }),
  ];
  return decisions.toSorted((a, b) => Number(b.stopsClaude) - Number(a.stopsClaude) || a.sinceTs - b.sinceTs);
}
