import { join } from 'node:path';

const call = (project: string): Record<string, unknown> => ({
  tool_name: 'Read',
  tool_input: { file_path: join(project, 'a.txt') },
  tool_use_id: 'toolu_fermata_doctor',
});
const turn = { last_assistant_message: 'done', background_tasks: [], session_crons: [] };
const task = { task_id: '1', task_subject: 'Look', task_description: 'Look around' };

/** What an event has besides what all have, as Claude Code 2.1 writes it. */
const EVENT_FIELDS: Record<string, (project: string) => Record<string, unknown>> = {
  SessionStart: () => ({ source: 'startup' }),
  UserPromptSubmit: () => ({ prompt: 'fermata doctor looks whether hooks answer' }),
  PreToolUse: call,
  PostToolUse: (project) => ({ ...call(project), tool_response: { type: 'text' }, duration_ms: 3 }),
  PostToolUseFailure: (project) => ({
    ...call(project),
    error: 'Exit code 3',
    is_interrupt: false,
    duration_ms: 3,
  }),
  PostToolBatch: (project) => ({ tool_calls: [{ ...call(project), tool_response: '1\tA' }] }),
  // a question: beside a permission's dialog the hook may wait for the person's answer
  PermissionRequest: () => ({
    tool_name: 'AskUserQuestion',
    tool_input: { questions: [] },
    permission_suggestions: [],
  }),
  Stop: () => ({ stop_hook_active: false, ...turn }),
  StopFailure: () => ({ error: 'unknown', last_assistant_message: '' }),
  SubagentStart: () => ({ agent_id: 'a1', agent_type: 'general-purpose' }),
  SubagentStop: () => ({ agent_id: 'a1', agent_type: 'general-purpose', stop_hook_active: false, ...turn }),
  Notification: () => ({ message: 'Claude is waiting for your input', notification_type: 'idle_prompt' }),
  TaskCreated: () => task,
  TaskCompleted: () => task,
  TeammateIdle: () => ({ teammate_name: 'ada', team_name: 'team' }),
  PreCompact: () => ({ trigger: 'manual', custom_instructions: '' }),
  SessionEnd: () => ({ reason: 'other' }),
};

/** A payload as Claude Code writes one at an event of a session in `project`. */
export function samplePayload(event: string, session: string, project: string): Record<string, unknown> {
  return {
    session_id: session,
    transcript_path: join(project, `${session}.jsonl`),
    cwd: project,
    ...(event === 'SessionStart' ? {} : { prompt_id: session, permission_mode: 'default' }),
    hook_event_name: event,
    ...EVENT_FIELDS[event]?.(project),
  };
}
