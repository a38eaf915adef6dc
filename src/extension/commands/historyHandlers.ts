import { l10n } from 'vscode';
import { HumanError } from '#extension/base/humanError.ts';
import { askToDelete, askToExport, findSession, type PastAction } from '#extension/history/historyDialogs.ts';
import { LoggedSession } from '#extension/sessions/loggedSession.ts';
import type { PastFolder } from '#extension/sessions/pastFolder.ts';
import type { CommandSources, CommandHandler, Target } from './command.ts';

type HistoryHandlers = Record<'findSession' | 'exportSession' | 'deleteSession' | 'showMoreSessions', CommandHandler>;

/** The commands for sessions that have ended. `open` and `replay` are the handlers for sessions of any list. */
export function historyHandlers(
  { home, install, store, list, selection, replays, history, focusedRow, refreshPast }: CommandSources,
  { open, replay }: Record<'open' | 'replay', (target: Target) => Promise<void>>,
): HistoryHandlers {
  const folderOf = (id: string | undefined): PastFolder => {
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
    if (replays.isOf(past)) replays.close();
    await store.scan();
  };
  const write = async (past: PastFolder): Promise<void> => {
    const { sessions } = await history.load();
    const { name = 'session', endedTs = past.modifiedMs } = sessions.get(past) ?? {};
    const day = new Date(endedTs).toISOString().slice(0, 10);
    await askToExport(install, past.folder, `fermata-${name.replaceAll(/[^\w.-]+/g, '-')}-${day}`);
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
    exportSession: (target) => write(folderOf(target.session)),
    deleteSession: async (target) => {
      if (target.row === undefined) return target.session === undefined ? find() : remove(folderOf(target.session));
      const session = await focusedRow();
      if (session !== undefined) await remove(folderOf(session));
    },
    showMoreSessions: async () => {
      const { tree } = await history.load();
      tree.showMore();
      refreshPast();
    },
  };
}
