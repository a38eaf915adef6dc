import type * as z from 'zod/mini';
import {
  blockId,
  conditions,
  guard,
  hookEvent,
  match,
  plannedBallot,
  plannedWorker,
  machineName,
  runId,
  sessionId,
  shortName,
  workerId,
} from '#protocol/parts.ts';
import { hookNotes } from './hooks.ts';
import { coordinationNotes } from './coordination.ts';
import type { EventNotes } from './note.ts';
import { sessionNotes } from './session.ts';
import { workerNotes } from './workers.ts';

/** The notes about all events, in the order of the reference page. No program that is shipped imports them. */
export const eventNotes: EventNotes = { ...sessionNotes, ...workerNotes, ...coordinationNotes, ...hookNotes };

/** The page's chapters. */
export const chapters: { title: string; notes: Partial<EventNotes> }[] = [
  { title: 'The session', notes: sessionNotes },
  { title: 'A worker’s life', notes: workerNotes },
  { title: 'Checkpoints, locks, ballots', notes: coordinationNotes },
  { title: 'Hooks', notes: hookNotes },
];

interface PartNote<S extends z.core.$ZodType = z.core.$ZodType> {
  schema: S;
  meaning: string;
  fields?: Record<string, string>;
}

/** The note about a part that is an object: the type asks for each of its fields. */
const object = <S extends z.core.$ZodObject>(
  schema: S,
  meaning: string,
  fields: Record<Extract<keyof S['_zod']['def']['shape'], string>, string>,
): PartNote<S> => ({ schema, meaning, fields });

/** Notes about the parts that several events share, by the names that the page and the JSON Schema use. */
export const partNotes: Record<string, PartNote> = {
  worker: {
    schema: workerId,
    meaning:
      'Who: `W1`, a subagent’s id, or any name of letters, digits, `_`, `.` and `-`. `conductor` is Claude, `user` the person. A claim among processes of one user, not a proof.',
  },
  name: { schema: shortName, meaning: 'A name on one line, of at most 1024 characters.' },
  sessionId: {
    schema: sessionId,
    meaning: 'Claude Code’s session id, which is also the name of the session’s folder.',
  },
  runId: { schema: runId, meaning: 'A run: the workers of one prompt. `R1`, `R2`, …' },
  machineName: {
    schema: machineName,
    meaning: 'A machine: at most 128 letters, digits, `_` and `-`.',
  },
  blockId: { schema: blockId, meaning: 'A block. Whoever folds the log counts them: `B1`, `B2`, …' },
  hookEvent: { schema: hookEvent, meaning: 'A hook event of Claude Code.' },
  conditions: {
    schema: conditions,
    meaning: 'One condition or a list of at most 64, of which all must hold. See “Conditions” above.',
  },
  match: object(match, 'Which tool calls are meant; what is left out means any. See “Match” above.', {
    tool: 'Names of tools, separated by `|`; `*` and `?` are wildcards.',
    path: 'A file, or a glob.',
    command: 'A pattern of a command that Bash runs.',
    agent: 'Names of agents, as `tool`; `*` is any subagent, `conductor` Claude itself.',
    run: 'Only calls of the workers of this run, and of agents that they have started.',
    git: '`sweep`: only commands of git that take what another agent has not committed.',
  }),
  guard: object(guard, 'A block that stands from the plan on.', {
    event: 'Where it blocks; `PreToolUse` without it.',
    tool: 'As in a match.',
    path: 'As in a match.',
    command: 'As in a match.',
    agent: 'As in a match.',
    until: 'When it ends; without it when its worker has ended, in whatever way (`done`).',
    reason: 'What Claude is told; `{workers}` in it becomes the present state of the run’s workers.',
  }),
  plannedWorker: object(plannedWorker, 'One worker of a plan. Its command is only in plan.json.', {
    worker: 'Its name.',
    task: 'What it is to do.',
    after: 'Conditions for its start. When one of them can no longer hold, it has failed and a block at Stop says so.',
    guard: 'What it blocks from now on.',
    critical: 'With `true`, its failing holds the end of Claude’s turn.',
    kind: 'What sort of worker it is, for people.',
    parent: 'The worker that asked for it.',
    machine: 'The other machine on which it runs: only lines from there are its own.',
  }),
  plannedBallot: object(plannedBallot, 'A ballot that a plan opens. The fields are those of a `ballot` line.', {
    ballot: 'Its name.',
    question: 'What is asked.',
    voters: 'Who may vote.',
    quorum: 'How many votes it needs.',
    rule: 'How it is decided.',
    options: 'What may be chosen.',
    deadlineMs: 'Until when, in milliseconds from the start.',
  }),
};

/** Notes about the fields that every event may have. */
export const commonFields = {
  t: 'The type.',
  ts: 'When, in milliseconds since 1970. Anything but a time from 2000 to 2199 is dropped; left out, it is the latest time said before.',
  id: 'A nonce by which a writer finds its own line again.',
  via: 'From which outbox of another machine the line is: the machine’s name, `/`, and a nonce of that outbox. See “Other machines” above. Only the seat’s bridge writes it.',
  off: 'Where the line ends in that outbox, in bytes: a line of the same `via` that ends no further came twice and has no effect.',
  said: 'When, by the clock of that machine; `ts` is the seat’s.',
} as const;
