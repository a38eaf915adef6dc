import { dirname, join } from 'node:path';
import { isWorkerId } from '#protocol/ids.ts';
import { statOf } from '#core/base/files/facts.ts';
import { namesIn } from '#core/base/files/folder.ts';
import { readTextIfAny } from '#core/base/files/readFile.ts';
import { asRecord } from '#core/base/json.ts';
import { masked } from '#core/base/masking.ts';
import { truncate } from '#core/base/text.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { WORKFLOW } from '#core/fold/kinds.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { SessionState } from '#protocol/state.ts';

/** An agent of a workflow, as the run's journal has it. */
export interface WorkflowAgent {
  label?: string;
  phase?: string;
  /** It has given its result. */
  ended: boolean;
}

/** A run of a workflow as far as its journal has it. */
export interface WorkflowRun {
  /** By their ids, in the order of their start. */
  agents: ReadonlyMap<string, WorkflowAgent>;
  /** The phase of the agent that began last. */
  phase?: string;
}

const RUN = /^wf_[A-Za-z0-9-]{1,60}$/;
const MAX_RUNS = 100;
const MAX_AGENTS = 2000;
/** A journal has every result in full. Of one above this size nothing is read: hooks report its agents all the same. */
const MAX_JOURNAL_BYTES = 16 << 20;
const MAX_SUMMARY_BYTES = 16 << 20;
const MAX_CHARS = 200;

/** The folder beside a session's transcript (`S.jsonl`) in which Claude Code writes about its subagents. */
export const subagentsFolder = (transcript: string): string => join(transcript.replace(/\.jsonl$/, ''), 'subagents');

/** The folder of a run, with the transcripts of its agents. */
export const runFolder = (transcript: string, run: string): string =>
  join(subagentsFolder(transcript), 'workflows', run);

export const isWorkflowRun = (id: string): boolean => RUN.test(id);

/** The ids of a session's runs, the newest first. */
export function workflowRuns(transcript: string): string[] {
  const folder = join(subagentsFolder(transcript), 'workflows');
  const runs = namesIn(folder).filter((name) => isWorkflowRun(name) && isWorkerId(name));
  if (runs.length < 2) return runs;
  const startedMs = new Map(runs.map((run) => [run, statOf(join(folder, run))?.birthtimeMs ?? 0]));
  return runs.toSorted((a, b) => (startedMs.get(b) ?? 0) - (startedMs.get(a) ?? 0)).slice(0, MAX_RUNS);
}

/** The run that an agent belongs to, by the runs' journals, which name it before its first hook; undefined where none does. */
export const runOf = (transcript: string, agent: string): string | undefined =>
  workflowRuns(transcript).find((run) => readRun(transcript, run).agents.has(agent));

/** A run by its journal; without agents where that cannot be read. */
export function readRun(transcript: string, run: string): WorkflowRun {
  const text = readTextIfAny(join(runFolder(transcript, run), 'journal.jsonl'), MAX_JOURNAL_BYTES) ?? '';
  return parseJournal(text);
}

/** A result is only looked at: it may be long. */
const RESULT = /^\{"type":"result",.{0,300}?"agentId":"([A-Za-z0-9_-]{1,128})"/;

/** Parses a journal: lines that are torn or of an unknown shape are skipped. */
export function parseJournal(text: string): WorkflowRun {
  const agents = new Map<string, WorkflowAgent>();
  let phase: string | undefined;
  for (const line of text.split('\n')) {
    const ended = agents.get(RESULT.exec(line)?.[1] ?? '');
    if (ended !== undefined) ended.ended = true;
    if (!line.startsWith('{"type":"started"') || agents.size >= MAX_AGENTS) continue;
    const started = asRecord(parse(line));
    const id = started['agentId'];
    if (typeof id !== 'string' || !isWorkerId(id)) continue;
    phase = short(started['phase']) ?? phase;
    agents.set(id, { label: short(started['label']), phase: short(started['phase']), ended: false });
  }
  return { agents, phase };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The name of the workflow that runs: Claude Code keeps its script as `<name>-<run>.js`. */
export function workflowName(transcript: string, run: string): string | undefined {
  const end = `-${run}.js`;
  const script = namesIn(join(workflowsFolder(transcript), 'scripts')).find((name) => name.endsWith(end));
  return script === undefined ? undefined : short(script.slice(0, -end.length));
}

/** How a run has ended, as Claude Code calls it: its summary is written at the end. Undefined before. */
export function runStatus(transcript: string, run: string): string | undefined {
  const text = readTextIfAny(join(workflowsFolder(transcript), `${run}.json`), MAX_SUMMARY_BYTES);
  if (text === undefined) return undefined;
  // one that is torn or of another shape is there all the same: the run has ended
  return short(asRecord(parse(text))['status']) ?? 'completed';
}

/** The end of a run with that status, after those of its agents of whose end nothing has reported. */
export function runEnd(run: string, status: string, openAgents: readonly string[]): NewEvent[] {
  return [
    ...openAgents.map((worker): NewEvent => ({ t: 'exit', worker, lost: true, reason: 'its workflow is over' })),
    status === 'completed' ? { t: 'done', worker: run } : { t: 'exit', worker: run, code: 1, reason: status },
  ];
}

/**
 * What Claude Code has written about the runs of a session without hooks: the name of each, which its script has from the start,
 * and its end, at which its summary is written.
 */
export function observedRuns({ workers }: SessionState, transcript: string): NewEvent[] {
  const open = [...workers.values()].filter((worker) => !hasEnded(worker));
  return open.flatMap(({ id: run, kind, task: known }): NewEvent[] => {
    if (kind !== WORKFLOW) return [];
    const task = known === undefined ? workflowName(transcript, run) : undefined;
    const named: NewEvent[] = task === undefined ? [] : [{ t: 'spawn', worker: run, kind, task }];
    const status = runStatus(transcript, run);
    if (status === undefined) return named;
    // what an agent's transcript has last may not have been read yet
    const { agents } = readRun(transcript, run);
    const isDone = (id: string): boolean => agents.get(id)?.ended === true;
    const ids = open.filter(({ parent }) => parent === run).map(({ id }) => id);
    const done = ids.filter(isDone).map((worker): NewEvent => ({ t: 'exit', worker, code: 0 }));
    const lost = ids.filter((id) => !isDone(id));
    return [...named, ...done, ...runEnd(run, status, lost)];
  });
}

const workflowsFolder = (transcript: string): string => join(dirname(subagentsFolder(transcript)), 'workflows');

const short = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? truncate(masked(truncate(value, 10 * MAX_CHARS)), MAX_CHARS) : undefined;
