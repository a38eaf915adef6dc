import { CONDUCTOR } from '#protocol/ids.ts';
import type { NoticeView, ViewModel } from '#protocol/viewModel.ts';
import type { ViewTexts } from '#protocol/viewTexts.ts';
import { timeOfDay } from './names.ts';
import { ENGLISH } from './wording.ts';

/**
 * The views of several sessions that a person sees together: no two sessions have the same name, and a notice about two of
 * them names both. Each view alone knows its own session only. Pure.
 */
export function withWindowNames(views: readonly ViewModel[], texts = ENGLISH): ViewModel[] {
  const named = withDistinctNames(views);
  const sessions = new Map(named.map((view) => [view.session.id, view]));
  return named.map((view) => {
    const notices = view.notices.map((notice) => withBothNames(notice, sessions, texts));
    return notices.some((notice, i) => notice !== view.notices[i]) ? { ...view, notices } : view;
  });
}

/** Sessions that share a name get the time of their start beside it, else a number. */
function withDistinctNames(views: readonly ViewModel[]): ViewModel[] {
  return views.map((view) => {
    const { session } = view;
    const alike = views.filter((each) => each.session.name === session.name);
    if (alike.length < 2) return view;
    const times = alike.map((each) => timeOfDay(each.session.startedTs ?? 0));
    const byTime = new Set(times).size === times.length && !times.some((time) => session.name.endsWith(time));
    const inOrder = alike.toSorted((a, b) => (a.session.startedTs ?? 0) - (b.session.startedTs ?? 0));
    const mark = byTime ? timeOfDay(session.startedTs ?? 0) : String(inOrder.indexOf(view) + 1);
    return { ...view, session: { ...session, name: `${session.name} (${mark})` } };
  });
}

function withBothNames(notice: NoticeView, sessions: ReadonlyMap<string, ViewModel>, texts: ViewTexts): NoticeView {
  const { collision } = notice;
  if (collision === undefined || new Set(collision.agents.map(({ session }) => session)).size === 1) return notice;
  const names = collision.agents.map(({ session, worker }) => {
    const view = sessions.get(session);
    if (view === undefined) return texts.anotherSession;
    if (worker === CONDUCTOR) return view.session.name;
    return view.workers.find(({ id }) => id === worker)?.name ?? worker;
  });
  return { ...notice, text: describeCollision(collision.file, names, texts) };
}

/** What two agents did to one file. */
export const describeCollision = (
  file: string,
  [first = '', second = '']: readonly string[],
  texts: ViewTexts,
): string => texts.notice.collision(first, second, file);
