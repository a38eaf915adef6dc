import type { EventOf } from '#protocol/event.ts';
import type { Launch, SessionState } from '#protocol/state.ts';
import { assignDefined, pushBounded, type EventPosition } from './state.ts';

/** More calls that start agents are not under way at once. */
const MAX_LAUNCHES = 100;
/** A call that was let through and has started nothing after this time starts nothing any more. */
const LAUNCH_MS = 60_000;

/** A call that starts an agent is about to be judged by a cap: it counts as an agent until that has started, or the call is refused. */
export function onLaunch(state: SessionState, { call, agent, type }: EventOf<'launch'>, at: EventPosition): void {
  const launches = state.launches ?? [];
  // judged a second time it keeps its place
  if (launches.some((each) => each.call === call)) return;
  pushBounded(launches, assignDefined<Launch>({ call, pos: at.pos, ts: at.ts }, { agent, type }), MAX_LAUNCHES);
  state.launches = launches;
}

function removeLaunch(state: SessionState, launch: Launch | undefined): void {
  const rest = state.launches?.filter((each) => each !== launch) ?? [];
  if (rest.length > 0) state.launches = rest;
  else delete state.launches;
}

/** An agent has started: the oldest call for one of its type is done with. */
export const endLaunch = (state: SessionState, type: string | undefined): void =>
  removeLaunch(state, state.launches?.find((each) => each.type === type) ?? state.launches?.[0]);

/** A call was refused: it starts nothing. */
export const dropLaunch = (state: SessionState, call: string | undefined): void =>
  removeLaunch(
    state,
    state.launches?.find((each) => each.call === call),
  );

/** The calls that may still start an agent and were judged before `call`, or all of them. */
export function launchesBefore({ launches = [] }: SessionState, call: string | undefined, now: number): Launch[] {
  const own = launches.find((each) => each.call === call);
  return launches.filter((each) => now - each.ts <= LAUNCH_MS && (own === undefined || each.pos < own.pos));
}
