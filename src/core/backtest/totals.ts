import { formatDuration } from '#protocol/duration.ts';
import { addReason, UNJUDGED, type UnjudgedReason } from './unjudged.ts';
import type { SkippedSession, TriedSession } from './sessionTrial.ts';

/** What a policy would have done in all sessions that were tried. */
export interface Totals {
  /** The sessions that were tried, and those in which something would have been held. */
  sessions: number;
  affected: number;
  judged: number;
  held: number;
  /** Of the held ones: those that would have been refused, and those that would have waited for the person. */
  refused: number;
  waiting: number;
  /** The time of all that would not have waited for the person, in milliseconds. */
  ms: number;
  /** How many calls could not be judged, by the reason. */
  unjudged: { code: UnjudgedReason; reason: string; calls: number }[];
}

export function totalsOf(sessions: readonly TriedSession[]): Totals {
  const reasons = new Map<UnjudgedReason, number>();
  for (const { result } of sessions) for (const [reason, count] of result.unjudged) addReason(reasons, reason, count);
  const held = sessions.flatMap(({ result }) => result.held);
  const more = sum(sessions.map(({ result }) => result.more));
  return {
    sessions: sessions.length,
    affected: sessions.filter(({ result }) => result.held.length > 0).length,
    judged: sum(sessions.map(({ result }) => result.judged)),
    held: held.length + more,
    refused: held.filter(({ outcome }) => outcome === 'refused').length,
    waiting: held.filter(({ outcome }) => outcome === 'waiting').length,
    ms: sum(held.map(({ ms }) => ms)),
    unjudged: [...reasons].map(([code, calls]) => ({ code, reason: UNJUDGED[code], calls })),
  };
}

/** The totals as sentences, each a line; last what could not be judged or tried, and why. */
export function totalsText(totals: Totals, skipped: readonly SkippedSession[]): string[] {
  const { sessions, affected, judged, held, refused, waiting, ms, unjudged } = totals;
  const parts = [
    refused === 0 ? '' : `${refused} of them refused in the end`,
    waiting === 0 ? '' : `${waiting} until you decide`,
    ms === 0 ? '' : `for ${formatDuration(ms)} in all${waiting === 0 ? '' : ' beside those'}`,
  ].filter((part) => part !== '');
  const of = `Of ${count(judged, 'call')} and ends of turns in ${count(sessions, 'session')}`;
  return [
    held === 0
      ? `${of} it would have held none.`
      : `Would have held ${count(held, 'call')} in ${count(affected, 'session')}${parts.map((part) => `, ${part}`).join('')}.`,
    ...(held === 0 ? [] : [`${of}.`]),
    ...unjudged.map(({ reason, calls }) => `${count(calls, 'call')} could not be judged: ${reason}.`),
    ...skipped.map(({ id, skipped: reason }) => `Session ${id} was left out: ${reason}.`),
  ];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** A number of things, as `1 call`, `14 calls`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
