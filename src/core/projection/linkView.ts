import type { SessionLink } from '#core/machines/sessionLink.ts';
import type { LinkView } from '#protocol/viewModel.ts';
import type { ViewTexts } from '#protocol/viewTexts.ts';
import { timeOfDay } from './names.ts';

/** So many machines are named, where there are more. */
const MAX_NAMED = 5;

/** What a person has to know of the connection with other machines; undefined where there is nothing to be said. Pure. */
export function linkView(known: SessionLink | undefined, { link, more }: ViewTexts): LinkView | undefined {
  if (known === undefined) return undefined;
  const { seat, here, connected, sinceTs, lines, seatHeardTs, machines, problem } = known;
  if (!connected) {
    const why = problem ?? undefined;
    if (sinceTs === null) return { kind: 'disconnected', text: link.notConnected(lines), why };
    const since = timeOfDay(sinceTs);
    const text = here ? link.disconnected(since, lines) : link.disconnectedCopy(since, lines, seat);
    return { kind: 'disconnected', text, why };
  }
  if (problem !== null) return { kind: 'stopped', text: link.stopped(problem) };
  if (here) return { kind: 'shared', text: machines.length === 0 ? link.alone : link.shared(namesOf(machines, more)) };
  if (machines.includes(seat)) return undefined;
  const text = seatHeardTs === null ? link.seatNever(seat) : link.seatSilent(seat, timeOfDay(seatHeardTs));
  return { kind: 'seatSilent', text };
}

const namesOf = (machines: readonly string[], more: ViewTexts['more']): string =>
  machines.length <= MAX_NAMED
    ? machines.join(', ')
    : more(machines.slice(0, MAX_NAMED - 1).join(', '), machines.length - MAX_NAMED + 1);
