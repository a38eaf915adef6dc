import type { TranscriptState } from './transcriptState.ts';

type Tasks = TranscriptState['tasks'];
type Fields = Record<string, unknown>;

const MAX_TASKS = 500;
const MAX_CHARS = 200;

/** The tools that change the task list; TodoWrite is what sessions without the others have. */
export const TASK_TOOLS: ReadonlySet<string> = new Set(['TaskCreate', 'TaskUpdate', 'TodoWrite']);

/** Applies a call that has succeeded; `detail` is what the CLI notes of its result. */
export function applyTaskCall(tasks: Tasks, tool: string, input: Fields, detail: Fields): void {
  // a hook may refuse a change without the call being an error
  if (detail['success'] === false) return;
  if (tool === 'TodoWrite') replaceAll(tasks, input['todos']);
  else if (tool === 'TaskUpdate') update(tasks, input);
  else create(tasks, input, detail);
}

function create(tasks: Tasks, input: Fields, detail: Fields): void {
  const created = detail['task'];
  const id = typeof created === 'object' && created !== null ? (created as Fields)['id'] : undefined;
  const subject = truncate(input['subject']);
  if (typeof id !== 'string' || subject === undefined || tasks.size >= MAX_TASKS) return;
  const activeForm = truncate(input['activeForm']);
  tasks.set(id, { subject, status: 'pending', ...(activeForm === undefined ? {} : { activeForm }) });
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
  task.subject = truncate(input['subject']) ?? task.subject;
  const activeForm = truncate(input['activeForm']);
  if (activeForm !== undefined) task.activeForm = activeForm;
}

function replaceAll(tasks: Tasks, todos: unknown): void {
  if (!Array.isArray(todos)) return;
  tasks.clear();
  for (const [index, value] of todos.slice(0, MAX_TASKS).entries()) {
    const todo = (typeof value === 'object' && value !== null ? value : {}) as Fields;
    const [subject, activeForm, status] = [truncate(todo['content']), truncate(todo['activeForm']), todo['status']];
    if (subject === undefined) continue;
    tasks.set(String(index), {
      subject,
      status: isStatus(status) ? status : 'pending',
      ...(activeForm === undefined ? {} : { activeForm }),
    });
  }
}

/** How far the list is; undefined where there is none. */
export function taskProgress(tasks: Tasks): { done: number; total: number; current?: string } | undefined {
  if (tasks.size === 0) return undefined;
  const all = [...tasks.values()];
  const current = all.find((task) => task.status === 'in_progress');
  return {
    done: all.filter((task) => task.status === 'completed').length,
    total: all.length,
    ...(current === undefined ? {} : { current: current.activeForm ?? current.subject }),
  };
}

function isStatus(value: unknown): value is 'pending' | 'in_progress' | 'completed' {
  return value === 'pending' || value === 'in_progress' || value === 'completed';
}

function truncate(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_CHARS) : undefined;
}
