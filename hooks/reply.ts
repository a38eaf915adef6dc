import type { HookEvent } from '../src/protocol/hookEvents.ts';

/** What a hook answers, before it is put into Claude Code's form. All fields are optional: nothing said lets everything pass. */
export interface Answer {
  /** Why the call is refused, or the turn may not end. */
  block?: string;
  /** Let a call pass without asking the person: only for Fermata's own way out. */
  allow?: boolean;
  /** What the model is told besides. */
  context?: string;
  /** The whole new input of the call. */
  input?: Record<string, unknown>;
  /** What the person alone sees, in the terminal. */
  warning?: string;
}

/** What goes to standard output, standard error and the exit code. */
export interface Reply {
  stdout: string;
  stderr: string;
  code: number;
}

export const NOTHING: Reply = { stdout: '', stderr: '', code: 0 };

/** Texts that make Claude Code take a blocking Stop hook for a missing script, and let the turn end. */
const TAKEN_FOR_MISSING = /no such file|can't open/i;

/**
 * An answer in Claude Code's form. `json` says everything in one structured object and exit code 0; `exitCode` speaks
 * plain exit code 2 with the reason on standard error where something is blocked, with nothing on standard output
 * (older versions let a call pass when there was).
 */
export function reply(event: HookEvent, answer: Answer, style: 'json' | 'exitCode'): Reply {
  if (
    answer.block !== undefined &&
    style === 'exitCode' &&
    !(event.endsWith('Stop') && TAKEN_FOR_MISSING.test(answer.block))
  )
    return { stdout: '', stderr: [answer.block, answer.context].filter(Boolean).join('\n\n'), code: 2 };
  const specific: Record<string, unknown> = {};
  const top: Record<string, unknown> = {};
  if (event === 'PreToolUse') {
    if (answer.block !== undefined)
      Object.assign(specific, { permissionDecision: 'deny', permissionDecisionReason: answer.block });
    else if (answer.allow === true)
      Object.assign(specific, { permissionDecision: 'allow', permissionDecisionReason: "Fermata's own command" });
    if (answer.input !== undefined) specific['updatedInput'] = answer.input;
  } else if (answer.block !== undefined) Object.assign(top, { decision: 'block', reason: answer.block });
  if (answer.context !== undefined && answer.context !== '') specific['additionalContext'] = answer.context;
  if (answer.warning !== undefined) top['systemMessage'] = answer.warning;
  if (Object.keys(specific).length > 0) top['hookSpecificOutput'] = { hookEventName: event, ...specific };
  return Object.keys(top).length === 0 ? NOTHING : { stdout: `${JSON.stringify(top)}\n`, stderr: '', code: 0 };
}
