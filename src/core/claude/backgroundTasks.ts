import { isWorkerId } from '#protocol/ids.ts';
import { readEnd } from '#core/base/files/readEnd.ts';
import { asRecord } from '#core/base/json.ts';
import { masked } from '#core/base/masking.ts';
import { truncate } from '#core/base/text.ts';
import { SHELL, STOPPED } from '#core/fold/kinds.ts';
import type { NewEvent } from '#core/log/append.ts';

/** An entry of Claude Code's list of background tasks. */
export interface BackgroundTask {
  /** Of a subagent its own id; of a workflow or a teammate the id of a task, which is not that of an agent. */
  id: string;
  type: string;
  task?: string;
  /** Of a shell: what runs in it. */
  command?: string;
  /** How it ended, as Claude Code calls it; undefined while it runs. */
  ended?: string;
}

/** Longest piece of a task, a command or a result that the log keeps. */
const MAX_CHARS = 500;

/** A text of Claude Code's as the log keeps it. */
export const shortened = (text: string | undefined): string | undefined =>
  truncate(masked(text ?? ''), MAX_CHARS) || undefined;

/** A shell in the background as a worker. */
export function shellSpawn(
  id: string,
  parent: string,
  { task, command }: Pick<BackgroundTask, 'task' | 'command'>,
): NewEvent {
  const text = shortened(command);
  return { t: 'spawn', worker: id, kind: SHELL, parent, task: shortened(task) ?? text, command: text };
}

/** How a task has ended by Claude Code's words for it. What Claude has stopped was aborted. */
export function endOfTask(worker: string, status: string, summary?: string): NewEvent {
  const text = shortened(summary);
  if (status === 'completed') return { t: 'done', worker, result: text };
  const reason = text ?? status;
  return status === 'killed' || status === 'stopped'
    ? { t: 'exit', worker, signal: STOPPED, reason }
    : { t: 'exit', worker, code: 1, reason };
}

const ACTIVE_STATUSES = ['running', 'pending', 'queued'];

/** The list that comes with a Stop hook; undefined where there is none (older versions). */
export function backgroundTasks(list: unknown[] | undefined): BackgroundTask[] | undefined {
  return list?.flatMap((value): BackgroundTask[] => {
    const { id, type, status, description, command } = asRecord(value);
    if (typeof type !== 'string' || typeof id !== 'string' || !isWorkerId(id)) return [];
    const ended = typeof status !== 'string' || ACTIVE_STATUSES.includes(status) ? undefined : status;
    return [{ id, type, task: nonEmpty(description), command: nonEmpty(command), ended }];
  });
}

/** What Claude Code puts in a prompt's place when a background task has ended. */
export interface TaskEnd {
  id: string;
  /** `completed`, `failed`, `killed`. */
  status: string;
  summary?: string;
}

const NOTIFICATION = /^\s*<task-notification>/;

/** The end of a background task that a prompt reports; undefined for any other prompt. */
export function taskEnd(prompt: string | undefined): TaskEnd | undefined {
  if (prompt === undefined || !NOTIFICATION.test(prompt)) return undefined;
  const [id, status] = [element(prompt, 'task-id'), element(prompt, 'status')];
  if (id === undefined || status === undefined || !isWorkerId(id)) return undefined;
  return { id, status, summary: element(prompt, 'summary') };
}

/** How much of the end of a transcript is read: a turn's last messages are in it. */
const END_BYTES = 1 << 20;

/** The end of a background task as Claude was told it in its latest turn, by its transcript. */
export function reportedEnd(transcript: string | undefined, id: string): TaskEnd | undefined {
  const text = transcript === undefined ? '' : readEnd(transcript, END_BYTES);
  const start = text.lastIndexOf(`<task-id>${id}</task-id>`);
  if (start === -1) return undefined;
  const [line = ''] = text.slice(start).split('\n', 1);
  const status = element(line, 'status');
  // as it stands within a text of JSON
  const summary = element(line, 'summary')?.replaceAll('\\"', '"');
  return status === undefined ? undefined : { id, status, summary };
}

/** The text of the first element of that name. */
function element(text: string, name: string): string | undefined {
  const start = text.indexOf(`<${name}>`);
  const end = text.indexOf(`</${name}>`, start);
  return start === -1 || end === -1 ? undefined : nonEmpty(text.slice(start + name.length + 2, end).trim());
}

const nonEmpty = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
