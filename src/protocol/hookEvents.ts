/**
 * The hook events of Claude Code: one row each, and lists that are filters of the rows. The build runs this module and puts
 * what it exports in its place, so that a program has only the lists that it uses.
 */

/** What is known of one hook event. */
interface HookRow {
  /** Seconds after which Claude Code kills the hook and lets the action pass. */
  timeout: number;
  /** A worker's block stands and refuses, or is delivered once since the action is done, or `fermata hook` refuses it. */
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

/** As long as a day: a call may be held until a person releases it. */
const HOLD_SECONDS = 86_400;

/** The hook events of Claude Code that Fermata installs an entry for and that a worker may name. */
export const HOOKS = {
  SessionStart: { timeout: 20, block: 'once', context: 'json', waiter: true },
  UserPromptSubmit: { timeout: 30, block: 'once', context: 'json', waiter: true },
  PreToolUse: { timeout: HOLD_SECONDS, block: 'stands', context: 'json', call: 'before' },
  PostToolUse: { timeout: 20, block: 'once', context: 'json', call: 'after' },
  PostToolUseFailure: { timeout: 20, block: 'once', context: 'json', call: 'after' },
  PostToolBatch: { timeout: 20, block: 'once', context: 'json', call: 'batch' },
  Stop: {
    timeout: HOLD_SECONDS,
    block: 'stands',
    context: 'json',
    retries: true,
    mistakable: true,
    waiter: true,
  },
  StopFailure: { timeout: 20, block: 'never', context: 'none' },
  SubagentStart: { timeout: 20, block: 'once', context: 'json', subagent: true },
  SubagentStop: {
    timeout: HOLD_SECONDS,
    block: 'stands',
    context: 'json',
    retries: true,
    mistakable: true,
    subagent: true,
  },
  Notification: { timeout: 20, block: 'never', context: 'none' },
  PermissionRequest: { timeout: HOLD_SECONDS, block: 'stands', context: 'none' },
  TaskCreated: { timeout: 20, block: 'stands', context: 'none' },
  TaskCompleted: { timeout: 20, block: 'stands', context: 'none', mistakable: true },
  TeammateIdle: {
    timeout: 20,
    block: 'stands',
    context: 'none',
    retries: true,
    mistakable: true,
  },
  PreCompact: { timeout: 20, block: 'stands', context: 'stdout' },
  SessionEnd: { timeout: 10, block: 'never', context: 'none' },
} as const satisfies Record<string, HookRow>;

export type HookEvent = keyof typeof HOOKS;

/** The events whose row has a `call`. */
export type CallEvent = { [E in HookEvent]: (typeof HOOKS)[E] extends { call: string } ? E : never }[HookEvent];

export const HOOK_EVENTS = Object.keys(HOOKS) as HookEvent[];

const eventsWith = (has: (row: HookRow) => boolean): readonly HookEvent[] =>
  HOOK_EVENTS.filter((event) => has(HOOKS[event]));

/** The events at which gate.sh checks `armed/`; every other one starts Node in any case. */
export const GATED = eventsWith((row) => row.call !== undefined);
/** The end of one call: here it shows what a shell wrote although another worker has the lock. */
export const AFTER_CALL = eventsWith((row) => row.call === 'after');
/** Information meant for PostToolUse is as welcome at these: each follows a tool call. */
export const AFTER_TOOL = eventsWith((row) => row.call === 'after' || row.call === 'batch');
export const SUBAGENT_EVENTS = eventsWith((row) => row.subagent === true);
export const NOTIFICATION_ONLY = eventsWith((row) => row.block === 'never');
export const DELIVERED_ONCE = eventsWith((row) => row.block !== 'stands');
export const TAKES_CONTEXT = eventsWith((row) => row.context === 'json');
export const PRINTS_CONTEXT = eventsWith((row) => row.context === 'stdout');
export const RETRIES_AFTER_REFUSAL = eventsWith((row) => row.retries === true);
export const MISTAKABLE = eventsWith((row) => row.mistakable === true);

const SAMPLE_CALL = { tool_name: 'Read', tool_input: { file_path: '/a.txt' }, tool_use_id: 'toolu_fermata_doctor' };
const SAMPLE_TURN = { last_assistant_message: 'done', background_tasks: [], session_crons: [] };
const SAMPLE_AGENT = { agent_id: 'a1', agent_type: 'general-purpose' };
const SAMPLE_TASK = { task_id: '1', task_subject: 'Look', task_description: 'Look around' };

/** What a payload has besides the fields of all events, as Claude Code 2.1 writes it. */
export const SAMPLE_FIELDS: Record<HookEvent, Record<string, unknown>> = {
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
