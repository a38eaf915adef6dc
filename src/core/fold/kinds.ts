import type { Worker } from '#protocol/state.ts';

/** The kind of a worker that is a subagent of the Conductor: it has no process of its own. */
export const SUBAGENT = 'subagent';
/** The kind of a subagent that has a name and waits for messages between its turns. */
export const TEAMMATE = 'teammate';
/** The kind of a run of a workflow, under which its agents are. */
export const WORKFLOW = 'workflow';
/** The kind of a shell that Claude runs in the background. */
export const SHELL = 'shell';
/** The kind of a worker that is a Claude Code session of its own, whose hooks write to this log. */
export const SESSION = 'session';

export const isSubagent = (worker: Pick<Worker, 'kind'> | undefined): boolean =>
  worker?.kind === SUBAGENT || worker?.kind === TEAMMATE;

/** Whether a worker lives in Claude's own process: it ends with it, and cannot be ended from outside. */
export const livesInClaude = (worker: Worker | undefined): boolean =>
  isSubagent(worker) || worker?.kind === WORKFLOW || worker?.kind === SHELL;

/** The signal in the `exit` of a worker in Claude that Claude or the person has stopped there. */
export const STOPPED = 'stop';

/** Whether a worker does not end by itself, so that nothing waits for it as one of all. */
export const isOpenEnded = ({ kind, session }: Worker): boolean =>
  session !== undefined || kind === TEAMMATE || kind === SHELL;
