import { asRecord } from '#core/base/json.ts';
import { isSince, SINCE } from '#core/claude/versions.ts';
import { nodeAt, problemAt } from './jsonText.ts';
import type { JsonText, TextProblem } from './jsonText.ts';

/** One handler of a settings file: `hooks.<Event>[].hooks[]`. Fields beyond these are kept. */
export interface HookEntry {
  type: 'command';
  command: string;
  args?: string[];
  /** Seconds. */
  timeout: number;
  /** Runs in the background and wakes an idle session with what it wrote, when it exits with 2. */
  asyncRewake?: boolean;
  /** With `asyncRewake`: what precedes that text for the model, and the line that the person sees. */
  rewakeMessage?: string;
  rewakeSummary?: string;
}

const TYPES = ['command', 'http', 'mcp_tool', 'prompt', 'agent'];
/** A larger time-out overflows the timer of Claude Code and ends the hook at once. */
const MAX_TIMEOUT_SECONDS = 2_147_483;
/** Claude Code reads no settings file that is larger. */
const MAX_FILE_BYTES = 2 * 1024 * 1024;

/** True for the text of a settings file that Claude Code ignores for its size. */
export function isTooLarge(text: string): boolean {
  return Buffer.byteLength(text) > MAX_FILE_BYTES;
}

/** The first thing under `hooks` that has another form than hooks have, so that adding to it would be a guess. */
export function hookShapeProblem({ text, root }: JsonText): TextProblem | undefined {
  const hooks = nodeAt(root, ['hooks']);
  if (hooks === undefined) return undefined;
  if (hooks.type !== 'object') return problemAt(text, hooks.offset, '"hooks" is not an object');
  for (const property of hooks.children ?? []) {
    const [key, groups] = property.children ?? [];
    const event = JSON.stringify(key?.value);
    if (groups?.type !== 'array')
      return problemAt(text, groups?.offset ?? property.offset, `${event} in "hooks" is not an array`);
    for (const group of groups.children ?? []) {
      if (nodeAt(group, ['hooks'])?.type !== 'array') {
        return problemAt(text, group.offset, `An element of ${event} in "hooks" has no "hooks" array`);
      }
    }
  }
  return undefined;
}

/** The first of the permission lists that are to be added to which is not a list. */
export function permissionShapeProblem({ text, root }: JsonText): TextProblem | undefined {
  const permissions = nodeAt(root, ['permissions']);
  if (permissions === undefined) return undefined;
  if (permissions.type !== 'object') return problemAt(text, permissions.offset, '"permissions" is not an object');
  for (const list of ['allow', 'deny']) {
    const rules = nodeAt(permissions, [list]);
    if (rules !== undefined && rules.type !== 'array') {
      return problemAt(text, rules.offset, `"${list}" in "permissions" is not an array`);
    }
  }
  return undefined;
}

/** What could refuse a call: newer versions of Claude Code do without the whole file rather than without one of these. */
const REFUSING_EVENTS = ['PreToolUse', 'PermissionRequest'];

/**
 * The first fault for which a version of Claude Code drops the whole settings file, permissions included, without a
 * word; undefined where it takes the file, perhaps without some hook of it. Without a version, for the newest.
 */
export function fileRejectionReason(settings: unknown, version: string | undefined): string | undefined {
  const errors = invalidHooks(settings);
  if (!isSince(version, SINCE.passesOverInvalidHooks)) return errors[0];
  const hooks = asRecord(asRecord(settings)['hooks']);
  const notListed = REFUSING_EVENTS.find((event) => !Array.isArray(hooks[event] ?? []));
  if (notListed !== undefined) return `${notListed}: not a list`;
  return errors.find(couldRefuse);
}

/** Whether every version of Claude Code drops the whole file for one of `invalidHooks`. */
export function couldRefuse(error: string): boolean {
  return REFUSING_EVENTS.some((event) => error.startsWith(`${event}: `));
}

/**
 * Handlers of an unknown type, without what their type needs, or with a time-out that Claude Code does not take: it
 * passes over them, and older versions over the whole file. One line for each.
 */
export function invalidHooks(settings: unknown): string[] {
  const problems: string[] = [];
  for (const [event, groups] of Object.entries(asRecord(asRecord(settings)['hooks']))) {
    for (const group of arrayOf(groups)) {
      const { hooks, matcher } = asRecord(group);
      if (!Array.isArray(hooks)) problems.push(`${event}: an element without "hooks"`);
      if (matcher !== undefined && typeof matcher !== 'string') problems.push(`${event}: a matcher that is not text`);
      for (const hook of arrayOf(hooks)) {
        const error = hookError(asRecord(hook));
        if (error !== undefined) problems.push(`${event}: ${error}`);
      }
    }
  }
  return problems;
}

function hookError(hook: Record<string, unknown>): string | undefined {
  const { type, command, args, timeout } = hook;
  if (typeof type !== 'string' || !TYPES.includes(type)) return `unknown type ${JSON.stringify(type)}`;
  if (type === 'command' && typeof command !== 'string') return 'a command that is not text';
  if (args !== undefined && !(Array.isArray(args) && args.every((arg) => typeof arg === 'string')))
    return 'args that are not texts';
  if (timeout === undefined || (typeof timeout === 'number' && timeout > 0 && timeout <= MAX_TIMEOUT_SECONDS))
    return undefined;
  return `timeout ${JSON.stringify(timeout)}`;
}

function arrayOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
