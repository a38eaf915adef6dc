import { isRecord } from '#core/base/json.ts';

/** The fields that Claude Code accepts at the top level of a hook's answer. */
const TOP_FIELDS = [
  'continue',
  'stopReason',
  'suppressOutput',
  'systemMessage',
  'decision',
  'reason',
  'terminalSequence',
  'hookSpecificOutput',
  'async',
  'asyncTimeout',
];

/** The fields that it accepts in `hookSpecificOutput`, by event. Other events accept none. */
const EVENT_FIELDS: Record<string, readonly string[]> = {
  SessionStart: ['additionalContext', 'initialUserMessage', 'sessionTitle', 'watchPaths', 'reloadSkills'],
  UserPromptSubmit: ['additionalContext', 'sessionTitle', 'suppressOriginalPrompt'],
  PreToolUse: ['permissionDecision', 'permissionDecisionReason', 'updatedInput', 'additionalContext'],
  PostToolUse: ['additionalContext', 'updatedToolOutput', 'updatedMCPToolOutput'],
  PostToolUseFailure: ['additionalContext'],
  PostToolBatch: ['additionalContext'],
  Stop: ['additionalContext'],
  SubagentStart: ['additionalContext'],
  SubagentStop: ['additionalContext'],
  PermissionRequest: ['decision'],
};

const DECISIONS = ['allow', 'deny', 'ask', 'defer'];

/** Why Claude Code would reject a hook's standard output, a clause; undefined if the output is valid or empty. */
export function hookOutputProblem(event: string, stdout: string): string | undefined {
  if (stdout.trim() === '') return undefined;
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    return 'it is not JSON';
  }
  if (!isRecord(answer)) return 'it is not a JSON object';
  const unknown = Object.keys(answer).find((name) => !TOP_FIELDS.includes(name));
  if (unknown !== undefined) return `"${unknown}" means nothing to Claude Code`;
  const { decision, reason, systemMessage, hookSpecificOutput: specific } = answer;
  if (decision !== undefined && decision !== 'block' && decision !== 'approve')
    return '"decision" is not block or approve';
  if (decision === 'block' && typeof reason !== 'string') return 'a block without a reason';
  if (systemMessage !== undefined && typeof systemMessage !== 'string') return '"systemMessage" is not text';
  return specific === undefined ? undefined : specificProblem(event, specific);
}

function specificProblem(event: string, specific: unknown): string | undefined {
  const known = EVENT_FIELDS[event];
  if (known === undefined) return `"hookSpecificOutput" is not taken at ${event}`;
  if (!isRecord(specific)) return '"hookSpecificOutput" is not an object';
  const { hookEventName, ...fields } = specific;
  if (hookEventName !== event) return `"hookEventName" is not ${event}`;
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) return `"${unknown}" is not taken at ${event}`;
  if (fields['additionalContext'] !== undefined && typeof fields['additionalContext'] !== 'string')
    return '"additionalContext" is not text';
  const decision = fields['permissionDecision'];
  return decision === undefined || DECISIONS.includes(decision as string)
    ? undefined
    : `"permissionDecision" is not one of ${DECISIONS.join(', ')}`;
}
