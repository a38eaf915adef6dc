import { asRecord } from '#core/base/json.ts';
import { truncate } from '#core/base/text.ts';
import type { TranscriptState } from './transcriptState.ts';

type Tasks = TranscriptState['tasks'];
type Fields = Record<string, unknown>;

const MAX_TASKS = 500;
const MAX_CHARS = 200;

/** The tools that change the task list; sessions without the others have TodoWrite. */
export const TASK_TOOLS: ReadonlySet<string> = new Set(['TaskCreate', 'TaskUpdate', 'TodoWrite']);

/** Applies a call that has succeeded; `detail` is the CLI's record of its result. */
export function applyTaskCall(tasks: Tasks, tool: string, input: Fields, detail: Fields): void {
  // a hook may refuse a change without the call being an error
  if (detail['success'] === false) return;
  if (tool === 'TodoWrite') replaceAll(tasks, input['todos']);
  else if (tool === 'TaskUpdate') update(tasks, input);
  else create(tasks, input, detail);
}

function create(tasks: Tasks, input: Fields, detail: Fields): void {
  const { id } = asRecord(detail['task']);
  const subject = shortText(input['subject']);
  if (typeof id !== 'string' || subject === undefined || tasks.size >= MAX_TASKS) return;
  tasks.set(id, { subject, status: 'pending', activeForm: shortText(input['activeForm']) });
}

function update(tasks: Tasks, input: Fields): void {
  const id = String(input['taskId']);
  const task = tasks.get(id);
  if (task === undefined) return;
  const { status } = input;
  if (status === 'deleted') {
    tasks.delete(id);
    return;
  }
  if (isStatus(status)) task.status = status;
  task.subject = shortText(input['subject']) ?? task.subject;
  task.activeForm = shortText(input['activeForm']) ?? task.activeForm;
}

function replaceAll(tasks: Tasks, todos: unknown): void {
  if (!Array.isArray(todos)) return;
  tasks.clear();
  for (const [index, value] of todos.slice(0, MAX_TASKS).entries()) {
    const { content, activeForm, status } = asRecord(value);
    const subject = shortText(content);
    if (subject === undefined) continue;
    tasks.set(String(index), {
      subject,
      status: isStatus(status) ? status : 'pending',
      activeForm: shortText(activeForm),
    });
  }
}

/** The progress of the list; undefined where it is empty. */
export function taskProgress(tasks: Tasks): { done: number; total: number; current?: string } | undefined {
  if (tasks.size === 0) return undefined;
  const all = [...tasks.values()];
  const current = all.find((task) => task.status === 'in_progress');
  return {
    done: all.filter((task) => task.status === 'completed').length,
    total: all.length,
    current: current?.activeForm ?? current?.subject,
  };
}

function isStatus(value: unknown): value is 'pending' | 'in_progress' | 'completed' {
  return value === 'pending' || value === 'in_progress' || value === 'completed';
}

const shortText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? truncate(value, MAX_CHARS) : undefined;
