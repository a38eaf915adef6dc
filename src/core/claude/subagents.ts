import { join } from 'node:path';
import { isWorkerId } from '#protocol/ids.ts';
import { asRecord, readJson } from '#core/base/json.ts';
import { masked } from '#core/base/masking.ts';
import { truncate } from '#core/base/text.ts';

/** A subagent in Claude Code's list of background tasks. */
export interface BackgroundTask {
  id: string;
  task?: string;
  /** How it ended, as Claude Code calls it; undefined while it runs. */
  ended?: string;
}

const ACTIVE_STATUSES = ['running', 'pending', 'queued'];

/** The subagents in the list that comes with a Stop hook; undefined where there is no list (older versions). */
export function backgroundTasks(list: unknown[] | undefined): BackgroundTask[] | undefined {
  return list?.flatMap((value): BackgroundTask[] => {
    const { id, type, status, description } = asRecord(value);
    if (type !== 'subagent' || typeof id !== 'string' || !isWorkerId(id)) return [];
    const ended = typeof status !== 'string' || ACTIVE_STATUSES.includes(status) ? undefined : status;
    return [{ id, task: nonEmpty(description), ended }];
  });
}

/** The folder beside a session's transcript (`S.jsonl`) in which Claude Code writes about its subagents. */
export const subagentsFolder = (transcript: string): string => join(transcript.replace(/\.jsonl$/, ''), 'subagents');

/** What Claude Code writes about a subagent a moment after it starts; nothing where it cannot be read (older versions). */
export function subagentMeta(folder: string, agent: string): { task?: string; kind?: string } {
  const { description, agentType } = asRecord(readJson(join(folder, `agent-${agent}.meta.json`)));
  const [task, kind] = [nonEmpty(description), nonEmpty(agentType)];
  return { task: task && truncate(masked(task), 200), kind: kind && truncate(kind, 100) };
}

/** The task of a subagent in the few words that Claude gave it; undefined where it cannot be read (not yet, or another version). */
export function subagentTask(transcript: string | undefined, agent: string): string | undefined {
  if (transcript === undefined || !transcript.endsWith('.jsonl') || !/^[A-Za-z0-9_-]+$/.test(agent)) return undefined;
  return subagentMeta(subagentsFolder(transcript), agent).task;
}

const nonEmpty = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
