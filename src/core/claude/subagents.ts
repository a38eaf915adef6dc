import { join } from 'node:path';
import { isWorkerId } from '#protocol/ids.ts';
import { exists } from '#core/base/files/facts.ts';
import { readTextIfAny } from '#core/base/files/readFile.ts';
import { asRecord, readJson } from '#core/base/json.ts';
import { masked } from '#core/base/masking.ts';
import { truncate } from '#core/base/text.ts';
import { readRun, runFolder, runOf, subagentsFolder, workflowRuns } from './workflows.ts';

/** Claude Code's type of an agent that a workflow has started. */
export const WORKFLOW_AGENT = 'workflow-subagent';
/** The id of a teammate has its name in it; that of any other agent is `a` and hex digits. */
const TEAMMATE_ID = /^a.+-[0-9a-f]{16}$/;

/** Whether an agent is a teammate, which waits for messages between its turns: every hook has its id. */
export const isTeammateId = (id: string): boolean => TEAMMATE_ID.test(id);

/** What Claude Code writes about an agent, a moment after it starts. */
export interface AgentFacts {
  /** What it was asked to do, in a few words; of an agent of a workflow, its label. */
  task?: string;
  /** Its type. */
  kind?: string;
  /** The name by which messages reach it. */
  name?: string;
  /** The agent, or the run of a workflow, that has started it; without one Claude itself has. */
  parent?: string;
  /** Another agent has started it, by this call: older versions do not write which one. */
  nested?: boolean;
  call?: string;
  /** The phase of its workflow. */
  phase?: string;
  /** The agent that has started it waits for its end. */
  foreground?: boolean;
  /** It has ended. Older versions leave this out. */
  finished?: boolean;
}

const isAgentId = (agent: string): boolean => /^[A-Za-z0-9_-]{1,128}$/.test(agent);

/**
 * What is known of an agent of that type; undefined where nothing can be read: not yet, of another shape, or in another
 * version.
 */
export function agentFacts(transcript: string | undefined, agent: string, type?: string): AgentFacts | undefined {
  if (transcript === undefined || !transcript.endsWith('.jsonl') || !isAgentId(agent)) return undefined;
  if (type !== WORKFLOW_AGENT) return readMeta(subagentsFolder(transcript), agent);
  const run = runOf(transcript, agent);
  return run === undefined ? undefined : workflowAgent(transcript, run, agent);
}

/** An agent of a workflow's run. Older versions write neither label nor phase. */
export function workflowAgent(transcript: string, run: string, agent: string): AgentFacts {
  const { label, phase, ended } = readRun(transcript, run).agents.get(agent) ?? {};
  const meta = readMeta(runFolder(transcript, run), agent);
  const finished = meta?.finished ?? (ended === true || undefined);
  return { ...meta, task: meta?.task ?? label, phase: meta?.phase ?? phase, parent: run, finished };
}

/** The meta file of an agent in a folder. */
export function readMeta(folder: string, agent: string): AgentFacts | undefined {
  const meta = readJson(join(folder, `agent-${agent}.meta.json`));
  if (typeof meta !== 'object' || meta === null) return undefined;
  const { description, agentType, parentAgentId, spawnDepth, toolUseId, ...rest } = asRecord(meta);
  const { name, workflowPhase, requestShape, finished } = rest;
  const parent = nonEmpty(parentAgentId);
  return {
    task: short(description, 200),
    kind: short(agentType, 100),
    name: short(name, 100),
    parent: parent !== undefined && parent !== agent && isWorkerId(parent) ? parent : undefined,
    nested: parent !== undefined || (typeof spawnDepth === 'number' && spawnDepth > 1) || undefined,
    call: short(toolUseId, 128),
    phase: short(workflowPhase, 200),
    foreground: requestShape === 'foreground' || undefined,
    finished: finished === true || undefined,
  };
}

/** Of a transcript that is longer than this no call is looked for. */
const MAX_TRANSCRIPT_BYTES = 16 << 20;

/** The one of these agents that has made a call, by their transcripts; undefined where none shows it. */
export function callerOf(transcript: string, call: string, agents: readonly string[]): string | undefined {
  const mark = `"id":${JSON.stringify(call)}`;
  return agents.find((agent) => {
    const path = subagentTranscript(transcript, agent);
    return path !== undefined && readTextIfAny(path, MAX_TRANSCRIPT_BYTES)?.includes(mark) === true;
  });
}

/** The path of a subagent's own transcript; undefined where there is none. */
export function subagentTranscript(transcript: string, agent: string): string | undefined {
  if (!transcript.endsWith('.jsonl') || !isAgentId(agent)) return undefined;
  const folders = [subagentsFolder(transcript), ...workflowRuns(transcript).map((run) => runFolder(transcript, run))];
  return folders.map((folder) => join(folder, `agent-${agent}.jsonl`)).find(exists);
}

const nonEmpty = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function short(value: unknown, maxChars: number): string | undefined {
  const text = nonEmpty(value);
  return text && truncate(masked(truncate(text, 10 * maxChars)), maxChars);
}
