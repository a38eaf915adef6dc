import { l10n } from 'vscode';
import type { Target } from './targetPicker.ts';
import { HumanError } from '#extension/base/humanError.ts';
import type { Replays } from '#extension/replay/replays.ts';
import type { PastFolder } from '#extension/sessions/pastFolder.ts';
import type { Selection } from '#extension/sessions/selection.ts';
import type { SessionList } from '#extension/sessions/sessionList.ts';
import type { SessionStore } from '#extension/sessions/sessionStore.ts';
import { LoggedSession } from '#extension/sessions/loggedSession.ts';
import { askToDelete } from '#extension/history/deleteDialog.ts';
import { exportSession } from '#extension/history/exportSession.ts';
import { findSession, type PastAction } from '#extension/history/findSession.ts';
import type { History } from '#extension/history/history.ts';

export interface HistorySources {
  home: string;
  install: { home: string; extensionPath: string };
  store: SessionStore;
  list: SessionList;
  selection: Selection;
  replays: Replays;
  history: History;
  /** The session of the row in the view "Sessions" that the keyboard is on. */
  focusedRow: () => Promise<string | undefined>;
  /** Draws the list of past sessions anew. */
  refreshPast: () => void;
}

type HistoryHandlers = Record<
  'findSession' | 'exportSession' | 'deleteSession' | 'showMoreSessions',
  (target: Target) => Promise<void>
>;

/** What is done to sessions that are over. `open` and `replay` are what any list of sessions does with one. */
export function historyHandlers(
  sources: HistorySources,
  { open, replay }: Record<'open' | 'replay', (target: Target) => Promise<void>>,
): HistoryHandlers {
  const { home, install, store, list, selection, replays, history, focusedRow, refreshPast } = sources;

  const asFolder = (id: string | undefined): PastFolder => {
    const listed = id === undefined ? selection.current() : list.find(id);
    if (listed instanceof LoggedSession) {
      const { folder, dir, project = folder, state } = listed;
      return { folder, dir, project, modifiedMs: state.lastTs };
    }
    const past = history.folders().find(({ folder }) => folder === id);
    if (past !== undefined) return past;
    throw new HumanError(
      listed === undefined
        ? l10n.t('There is no such session of Claude Code in this window.')
        : l10n.t('This session is only watched: its hooks do not reach Fermata, and there is no log of it.'),
    );
  };
  const remove = async (past: PastFolder): Promise<void> => {
    const { sessions } = await history.load();
    if (!(await askToDelete(home, sessions, past))) return;
    if (replays.isOf({ folder: past.folder })) replays.close();
    await store.scan();
  };
  const write = async (past: PastFolder): Promise<void> => {
    const { sessions } = await history.load();
    const { title = 'session', endedTs = past.modifiedMs } = sessions.get(past) ?? {};
    const day = new Date(endedTs).toISOString().slice(0, 10);
    await exportSession(install, past.folder, `fermata-${title.replaceAll(/[^\w.-]+/g, '-')}-${day}`);
  };
  const find = async (): Promise<void> => {
    const { sessions } = await history.load();
    if (history.all().length === 0) throw new HumanError(l10n.t('No session of this folder has ended yet.'));
    const picked = await findSession(sessions, () => history.all());
    if (picked === undefined) return;
    const target = { session: picked.past.folder };
    const act: Record<PastAction, () => Promise<void>> = {
      open: () => open(target),
      replay: () => replay(target),
      export: () => write(picked.past),
      delete: () => remove(picked.past),
    };
    await act[picked.action]();
  };

  return {
    findSession: find,
    exportSession: (target) => write(asFolder(target.session)),
    deleteSession: async (target) => {
      if (target.row === undefined) return target.session === undefined ? find() : remove(asFolder(target.session));
      const session = await focusedRow();
      if (session !== undefined) await remove(asFolder(session));
    },
    showMoreSessions: async () => {
      const { tree } = await history.load();
      tree.showMore();
      refreshPast();
    },
  };
}
