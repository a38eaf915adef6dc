/** What is known of one hook event. */
export interface HookRow {
  /** Seconds after which Claude Code kills the hook and lets the action pass. */
  timeout: number;
  /** A worker's block is active until it ends, or delivered once because the action is done, or not accepted. */
  block: 'stands' | 'once' | 'never';
  /** Where the answer has a place for information to the model. Claude Code drops the whole answer if it is elsewhere. */
  context: 'json' | 'stdout' | 'none';
  /** How the event relates to a tool call. gate.sh starts Node at these events only if they are armed. */
  call?: 'before' | 'after' | 'batch';
  /** The event concerns one subagent. */
  subagent?: true;
  /** Claude may continue after a refusal and come back: one cause refuses only so often. */
  retries?: true;
  /** Claude Code takes a refusal with certain texts for a missing script, and lets the action pass. */
  mistakable?: true;
  /** The event starts the waiter that wakes an idle session (hooks/wake.sh). */
  waiter?: true;
}

/** Seconds: a call may be held until a person releases it, and a hook that is killed lets it through. */
const DAY = 86_400;

/** The hook events of Claude Code that Fermata installs an entry for and that a worker may name. */
export const HOOKS = {
  SessionStart: { timeout: 20, block: 'once', context: 'json', waiter: true },
  UserPromptSubmit: { timeout: 30, block: 'once', context: 'json', waiter: true },
  PreToolUse: { timeout: DAY, block: 'stands', context: 'json', call: 'before' },
  PostToolUse: { timeout: 20, block: 'once', context: 'json', call: 'after' },
  PostToolUseFailure: { timeout: 20, block: 'once', context: 'json', call: 'after' },
  PostToolBatch: { timeout: 20, block: 'once', context: 'json', call: 'batch' },
  Stop: { timeout: DAY, block: 'stands', context: 'json', retries: true, mistakable: true, waiter: true },
  StopFailure: { timeout: 20, block: 'never', context: 'none' },
  SubagentStart: { timeout: 20, block: 'once', context: 'json', subagent: true },
  SubagentStop: { timeout: DAY, block: 'stands', context: 'json', retries: true, mistakable: true, subagent: true },
  Notification: { timeout: 20, block: 'never', context: 'none' },
  PermissionRequest: { timeout: DAY, block: 'stands', context: 'none' },
  TaskCreated: { timeout: 20, block: 'stands', context: 'none' },
  TaskCompleted: { timeout: 20, block: 'stands', context: 'none', mistakable: true },
  TeammateIdle: { timeout: 20, block: 'stands', context: 'none', retries: true, mistakable: true },
  PreCompact: { timeout: 20, block: 'stands', context: 'stdout' },
  SessionEnd: { timeout: 10, block: 'never', context: 'none' },
} as const satisfies Record<string, HookRow>;

const SAMPLE_CALL = { tool_name: 'Read', tool_input: { file_path: '/a.txt' }, tool_use_id: 'toolu_fermata_doctor' };
const SAMPLE_TURN = { last_assistant_message: 'done', background_tasks: [], session_crons: [] };
const SAMPLE_AGENT = { agent_id: 'a1', agent_type: 'general-purpose' };
const SAMPLE_TASK = { task_id: '1', task_subject: 'Look', task_description: 'Look around' };

/** What a payload has besides the fields of all events, as Claude Code 2.1 writes it. */
export const SAMPLE_FIELDS: Record<keyof typeof HOOKS, Record<string, unknown>> = {
  SessionStart: { source: 'startup' },
  UserPromptSubmit: { prompt: 'fermata doctor looks whether hooks answer' },
  PreToolUse: SAMPLE_CALL,
  PostToolUse: { ...SAMPLE_CALL, tool_response: { type: 'text' }, duration_ms: 3 },
  PostToolUseFailure: { ...SAMPLE_CALL, error: 'Exit code 3', is_interrupt: false, duration_ms: 3 },
  PostToolBatch: { tool_calls: [{ ...SAMPLE_CALL, tool_response: '1\tA' }] },
  Stop: { stop_hook_active: false, ...SAMPLE_TURN },
  StopFailure: { error: 'unknown', last_assistant_message: '' },
  SubagentStart: SAMPLE_AGENT,
  SubagentStop: { ...SAMPLE_AGENT, stop_hook_active: false, ...SAMPLE_TURN },
  Notification: { message: 'Claude is waiting for your input', notification_type: 'idle_prompt' },
  // a question: beside the dialog of a permission the hook may wait for the person's answer
  PermissionRequest: { tool_name: 'AskUserQuestion', tool_input: { questions: [] }, permission_suggestions: [] },
  TaskCreated: SAMPLE_TASK,
  TaskCompleted: SAMPLE_TASK,
  TeammateIdle: { teammate_name: 'ada', team_name: 'team' },
  PreCompact: { trigger: 'manual', custom_instructions: '' },
  SessionEnd: { reason: 'other' },
};
