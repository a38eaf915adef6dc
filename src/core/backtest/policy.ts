import type { HookEvent } from '#protocol/hookEvents.ts';
import type { Match } from '#protocol/parts.ts';
import type { Rule } from '#protocol/rules.ts';

/** A block that stands from the beginning of each session, as if the person had set it. */
export interface TriedBlock {
  event: HookEvent;
  text: string;
  match?: Match | undefined;
  /** Conditions that end it, and the time after which it is over. */
  until?: string[] | undefined;
  ttlMs?: number | undefined;
}

/** What is tried on recorded sessions. */
export interface TriedPolicy {
  blocks: readonly TriedBlock[];
  /** Resources that another worker holds from the beginning of each session. */
  locks: readonly string[];
  /** Rules whose guards stand from each prompt on that they mean. */
  rules: readonly Rule[];
  /** Calls that take what another agent has not committed are held until that is, as with `fermata.git` at `hold`. */
  git?: boolean;
  /** The blocks that a log itself has are judged as well, as with another `fermata.hold.seconds`. */
  recorded: boolean;
  /** `fermata.hold.seconds`. */
  holdSeconds: number;
  /** How long the workers of a rule are taken to work, in milliseconds; without it until the turn of the prompt ends. */
  workersTakeMs?: number | undefined;
}

/** The conditions of all that is tried. */
export const conditionsOf = ({ blocks, rules }: TriedPolicy): string[] => [
  ...blocks.flatMap(({ until = [] }) => until),
  ...rules.flatMap(({ workers }) => workers.flatMap(({ guard = [] }) => guard.flatMap(({ until = [] }) => until))),
];

/** What became of a held call: its blocks ended, it was refused, or nothing that is recorded ends it but the person. */
export type Outcome = 'released' | 'refused' | 'waiting';

/** A call, or the end of a turn, that would have been held. */
export interface HeldMoment {
  ts: number;
  /** The number of events in the log until then, by which a replay finds the moment. */
  events: number;
  event: HookEvent;
  /** Claude Code's id of the call. */
  call?: string | undefined;
  tool?: string | undefined;
  /** The call in a few words. */
  summary?: string | undefined;
  /** The agent whose call it is; without it Claude's own. */
  agent?: string | undefined;
  outcome: Outcome;
  /** How long it would have waited in milliseconds; nothing of one that waits for the person. */
  ms: number;
  /** The reasons of the blocks that concern it. */
  reasons: string[];
}
