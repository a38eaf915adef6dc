/** What is known of one hook event of Claude Code. */
type HookRow = {
  /** Seconds after which Claude Code kills the hook and lets the action pass. */
  timeout: number;
  /** How the event relates to a tool call. gate.sh starts Node at these events only if they are armed. */
  call?: 'before' | 'after' | 'batch';
  /** Where the answer has a place for information to the model. Claude Code drops the whole answer if it is elsewhere. */
  context: 'json' | 'stdout' | 'none';
  /** The event concerns one subagent. */
  subagent?: true;
  /** Claude may continue after a refusal and come back: one cause refuses only so often. */
  retries?: true;
  /** Claude Code takes a refusal with certain texts for a missing script, and lets the action pass. */
  mistakable?: true;
  /** The event starts the waiter that wakes an idle session (hooks/wake.sh). */
  waiter?: true;
} & (
  | {
      /** A block stands, and refuses. */
      block: 'stands';
      /** Where the JSON of an answer has the refusal. */
      refusal: 'call' | 'dialog' | 'decision';
    }
  | {
      /** The action is already done: a block is delivered once. With `never`, `fermata hook` refuses it. */
      block: 'once' | 'never';
      refusal?: 'decision';
    }
);

/** As long as a day: a call may be held until a person releases it. */
const HOLD_SECONDS = 86_400;

/** The hook events of Claude Code that Fermata installs an entry for and that a worker may name. */
export const HOOKS = {
  SessionStart: { timeout: 20, block: 'once', context: 'json', waiter: true },
  UserPromptSubmit: { timeout: 30, block: 'once', refusal: 'decision', context: 'json', waiter: true },
  PreToolUse: { timeout: HOLD_SECONDS, block: 'stands', refusal: 'call', context: 'json', call: 'before' },
  PostToolUse: { timeout: 20, block: 'once', context: 'json', call: 'after' },
  PostToolUseFailure: { timeout: 20, block: 'once', context: 'json', call: 'after' },
  PostToolBatch: { timeout: 20, block: 'once', context: 'json', call: 'batch' },
  Stop: {
    timeout: HOLD_SECONDS,
    block: 'stands',
    refusal: 'decision',
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
    refusal: 'decision',
    context: 'json',
    retries: true,
    mistakable: true,
    subagent: true,
  },
  Notification: { timeout: 20, block: 'never', context: 'none' },
  PermissionRequest: { timeout: HOLD_SECONDS, block: 'stands', refusal: 'dialog', context: 'none' },
  TaskCreated: { timeout: 20, block: 'stands', refusal: 'decision', context: 'none' },
  TaskCompleted: { timeout: 20, block: 'stands', refusal: 'decision', context: 'none', mistakable: true },
  TeammateIdle: {
    timeout: 20,
    block: 'stands',
    refusal: 'decision',
    context: 'none',
    retries: true,
    mistakable: true,
  },
  PreCompact: { timeout: 20, block: 'stands', refusal: 'decision', context: 'stdout' },
  SessionEnd: { timeout: 10, block: 'never', context: 'none' },
} as const satisfies Record<string, HookRow>;

export type HookEvent = keyof typeof HOOKS;

/** The events whose row has a `call`. */
export type CallEvent = { [E in HookEvent]: (typeof HOOKS)[E] extends { call: string } ? E : never }[HookEvent];

export const HOOK_EVENTS = Object.keys(HOOKS) as HookEvent[];

export const hookRow = (event: HookEvent): HookRow => HOOKS[event];

const eventsWith = (has: (row: HookRow) => boolean): readonly HookEvent[] =>
  HOOK_EVENTS.filter((event) => has(HOOKS[event]));

/** The events at which gate.sh checks `armed/`; every other one starts Node in any case. */
export const GATED = eventsWith((row) => row.call !== undefined);
/** The end of one call: here it shows what a shell wrote although another worker has the lock. */
export const AFTER_CALL = eventsWith((row) => row.call === 'after');
/** The end of a turn or of a teammate's work: see `retries`. */
export const RETRIES_AFTER_REFUSAL = eventsWith((row) => row.retries === true);
/** Information meant for PostToolUse is as welcome at these: each follows a tool call. */
export const AFTER_TOOL = eventsWith((row) => row.call === 'after' || row.call === 'batch');

/** What a payload has besides the fields of all events, as Claude Code 2.1 writes it in a session of `project`. */
export const SAMPLE_FIELDS: Record<HookEvent, (project: string) => Record<string, unknown>> = {
  SessionStart: () => ({ source: 'startup' }),
  UserPromptSubmit: () => ({ prompt: 'fermata doctor looks whether hooks answer' }),
  PreToolUse: sampleCall,
  PostToolUse: (project) => ({ ...sampleCall(project), tool_response: { type: 'text' }, duration_ms: 3 }),
  PostToolUseFailure: (project) => ({
    ...sampleCall(project),
    error: 'Exit code 3',
    is_interrupt: false,
    duration_ms: 3,
  }),
  PostToolBatch: (project) => ({ tool_calls: [{ ...sampleCall(project), tool_response: '1\tA' }] }),
  Stop: () => ({ stop_hook_active: false, ...SAMPLE_TURN }),
  StopFailure: () => ({ error: 'unknown', last_assistant_message: '' }),
  SubagentStart: () => SAMPLE_AGENT,
  SubagentStop: () => ({ ...SAMPLE_AGENT, stop_hook_active: false, ...SAMPLE_TURN }),
  Notification: () => ({ message: 'Claude is waiting for your input', notification_type: 'idle_prompt' }),
  // a question: beside the dialog of a permission the hook may wait for the person's answer
  PermissionRequest: () => ({
    tool_name: 'AskUserQuestion',
    tool_input: { questions: [] },
    permission_suggestions: [],
  }),
  TaskCreated: () => SAMPLE_TASK,
  TaskCompleted: () => SAMPLE_TASK,
  TeammateIdle: () => ({ teammate_name: 'ada', team_name: 'team' }),
  PreCompact: () => ({ trigger: 'manual', custom_instructions: '' }),
  SessionEnd: () => ({ reason: 'other' }),
};

const SAMPLE_TURN = { last_assistant_message: 'done', background_tasks: [], session_crons: [] };
const SAMPLE_AGENT = { agent_id: 'a1', agent_type: 'general-purpose' };
const SAMPLE_TASK = { task_id: '1', task_subject: 'Look', task_description: 'Look around' };

function sampleCall(project: string): Record<string, unknown> {
  return {
    tool_name: 'Read',
    tool_input: { file_path: `${project}/a.txt` },
    tool_use_id: 'toolu_fermata_doctor',
  };
}
