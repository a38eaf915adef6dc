import { isWorkerId } from '#protocol/ids.ts';
import { asRecord } from '#core/fold/hookMessage.ts';

/** A subagent in Claude Code's list of what runs in the background. */
export interface BackgroundTask {
  id: string;
  task?: string;
  /** How it ended, in Claude Code's word, if it has. */
  ended?: string;
}

const ACTIVE_STATUSES = ['running', 'pending', 'queued'];

/** The subagents in the list that a Stop brings along; undefined where there is no list (older versions). */
export function backgroundTasks(list: unknown[] | undefined): BackgroundTask[] | undefined {
  return list?.flatMap((value): BackgroundTask[] => {
    const { id, type, status, description } = asRecord(value);
    if (type !== 'subagent' || typeof id !== 'string' || !isWorkerId(id)) return [];
    const task = typeof description === 'string' && description !== '' ? { task: description } : {};
    const ended = typeof status !== 'string' || ACTIVE_STATUSES.includes(status) ? {} : { ended: status };
    return [{ id, ...task, ...ended }];
  });
}
