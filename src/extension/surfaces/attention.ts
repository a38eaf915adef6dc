import { l10n } from 'vscode';
import type { Settings } from '../../protocol/settings.ts';
import type { ViewModel } from '../../protocol/viewModel.ts';
import { workerState } from '../stateWords.ts';

/** Something to tell the person, once. */
export interface News {
  /** Names it over all sessions, so that it is told once. */
  key: string;
  how: 'statusBar' | 'notification';
  kind: 'permission' | 'block' | 'escalation' | 'decision' | 'done';
  text: string;
  session: string;
  block?: string;
  worker?: string;
  run?: string;
  /** A permission request that can be answered here. */
  ask?: string;
}

export type AttentionSettings = Pick<
  Settings,
  | 'notify.permission'
  | 'notify.block'
  | 'notify.escalation'
  | 'notify.decision'
  | 'notify.done'
  | 'notify.blockAfterSeconds'
>;

/** What was news before this moment is past: a window that opens tells nothing of it. */
export interface Memory {
  sinceMs: number;
  told: Set<string>;
}

/**
 * What of a session is news now, and when to look again without anything being said. A block is news once, after it has
 * held or refused Claude for long enough. Pure, except that it remembers in `memory` what it has returned.
 */
export function newsOf(
  view: ViewModel,
  settings: AttentionSettings,
  memory: Memory,
): { news: News[]; nextTs?: number } {
  const now = view.generatedTs;
  const session = view.session.id;
  const after = settings['notify.blockAfterSeconds'] * 1000;
  const struck = view.blocks.flatMap((b) =>
    b.standing && b.firstStruckTs !== undefined ? [{ ...b, dueTs: b.firstStruckTs + after }] : [],
  );
  const waiting = struck.filter((b) => b.dueTs > now).map((b) => b.dueTs);
  const found: (Omit<News, 'session' | 'how'> & { cause?: string | undefined })[] = [
    ...struck
      .filter((b) => b.dueTs <= now && b.dueTs >= memory.sinceMs)
      .map((b) => ({
        key: `block ${b.id}`,
        kind: 'block' as const,
        text: l10n.t('{0} blocks {1}: {2}', b.worker, b.concerns, b.reason),
        block: b.id,
        worker: b.worker,
      })),
    ...view.asks
      .filter((a) => a.sinceTs >= memory.sinceMs)
      .map((a) => ({
        key: `ask ${a.id}`,
        kind: 'permission' as const,
        ...(a.answerable === true ? { ask: a.id } : {}),
        text:
          a.tool === 'AskUserQuestion'
            ? l10n.t('{0} asks for your answer: {1}', a.worker ?? 'Claude', a.summary)
            : l10n.t('{0} asks for your permission: {1} {2}', a.worker ?? 'Claude', a.tool, a.summary),
      })),
    ...view.notices
      .filter((n) => n.kind === 'plan' && (n.ts ?? now) >= memory.sinceMs)
      .map((n) => ({
        key: `notice ${n.id}`,
        kind: 'permission' as const,
        text: n.text,
        ...(n.run === undefined ? {} : { run: n.run }),
      })),
    ...view.notices
      .filter((n) => n.kind !== 'log' && n.kind !== 'plan' && (n.ts ?? now) >= memory.sinceMs)
      .map((n) => ({
        key: `notice ${n.id}`,
        cause: n.cause,
        kind: 'escalation' as const,
        text: n.worker === undefined ? n.text : `${n.worker}: ${n.text}`,
      })),
    ...view.ballots.flatMap(({ name, decided }) =>
      decided === undefined || decided.ts < memory.sinceMs
        ? []
        : [
            {
              key: `ballot ${name} ${decided.ts}`,
              kind: 'decision' as const,
              text: l10n.t('{0} is decided: {1}', name, decided.decision),
            },
          ],
    ),
    ...view.workers
      .filter((w) => w.endedTs !== undefined && w.endedTs >= memory.sinceMs)
      .map((w) => ({
        key: `worker ${w.id} ${w.endedTs}`,
        kind: 'done' as const,
        text:
          w.task === undefined
            ? l10n.t('{0} is {1}', w.id, workerState(w.state))
            : l10n.t('{0} is {1}: {2}', w.id, workerState(w.state), w.task),
      })),
  ];
  const news = found.flatMap(({ cause, ...item }): News[] => {
    const how = settings[`notify.${item.kind}`];
    const key = cause ?? `${session} ${item.key}`;
    if (how === 'off' || memory.told.has(key)) return [];
    memory.told.add(key);
    return [{ ...item, key, how, session }];
  });
  return { news, ...(waiting.length === 0 ? {} : { nextTs: Math.min(...waiting) }) };
}
