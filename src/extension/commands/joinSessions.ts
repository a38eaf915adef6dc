import { l10n } from 'vscode';
import { JoinRefused, joinSession } from '#core/session/join.ts';
import { sessionView } from '#core/projection/toViewModel.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { conductorStateLabel } from '#extension/status/describeSession.ts';
import type { Choice, pickOne } from '#extension/base/quickPick.ts';
import type { SessionStore } from '#extension/sessions/sessionStore.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';

export interface JoiningOptions {
  home: string;
  store: SessionStore;
  trusted: () => boolean;
  pick: typeof pickOne;
}

/** Asks which live session of this window joins which other one, and joins them. Undefined when the person turns away. */
export async function joinSessions({ home, store, trusted, pick }: JoiningOptions): Promise<string | undefined> {
  if (!trusted()) throw new HumanError(l10n.t('In Restricted Mode Fermata only watches. Trust the folder first.'));
  const live = store.list().filter((session) => session.live);
  if (live.length < 2)
    throw new HumanError(
      l10n.t('Joining takes two live sessions of Claude Code in this window. Start another one first.'),
    );
  const choice = (session: LoggedSession): Choice<LoggedSession> => ({
    label: sessionView(session.state, { id: session.folder, live: session.live }).title,
    description: conductorStateLabel(session.state.conductor.state),
    detail: session.id,
    value: session,
  });
  const first = await pick(
    live.map(choice),
    l10n.t('Join Sessions (1/2)'),
    l10n.t('The session that becomes a worker of another one'),
  );
  if (first === undefined) return undefined;
  const others = live.filter((session) => session !== first);
  const second = await pick(
    others.map(choice),
    l10n.t('Join Sessions (2/2)'),
    l10n.t('The Conductor, whose locks and votes both share'),
  );
  if (second === undefined) return undefined;
  try {
    const { worker } = joinSession({ home, session: first.folder, target: second.folder, now: Date.now() });
    return l10n.t('This session is {0} of {1} now, until it ends.', worker, choice(second).label);
  } catch (error) {
    if (error instanceof JoinRefused)
      throw new HumanError(l10n.t('These sessions cannot be joined: {0}.', error.message));
    throw error;
  } finally {
    store.refresh(first);
    store.refresh(second);
  }
}
