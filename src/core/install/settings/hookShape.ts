import { asRecord } from '#core/base/json.ts';
import { isSince, SINCE } from '#core/claude/versions.ts';
import { problemAt, type TextProblem } from '#core/base/jsonc.ts';
import { nodeAt, type JsonText } from './jsonText.ts';

/** One handler in a settings file: `hooks.<Event>[].hooks[]`. Other fields of a handler are kept. */
export interface HookEntry {
  type: 'command';
  command: string;
  args?: string[];
  /** Seconds. */
  timeout: number;
  /** Runs in the background; when it exits with 2, its output wakes an idle session. */
  asyncRewake?: boolean;
  /** With `asyncRewake`: the text before that output for the model, and the line that the person sees. */
  rewakeMessage?: string;
  rewakeSummary?: string;
}

/** Recognizes handlers, for example Fermata's own; it accepts any value. */
export type HookTest = (hook: unknown) => boolean;

const TYPES = ['command', 'http', 'mcp_tool', 'prompt', 'agent'];
/** A larger timeout overflows Claude Code's timer, which then ends the hook at once. */
const MAX_TIMEOUT_SECONDS = 2_147_483;
/** Claude Code ignores a larger settings file. */
const MAX_FILE_BYTES = 2 * 1024 * 1024;

/** Whether Claude Code ignores a settings file with this text because of its size. */
export const isTooLarge = (text: string): boolean => Buffer.byteLength(text) > MAX_FILE_BYTES;

/** The first value under `hooks` that is not shaped like hooks, so that adding to it would be a guess. */
export function hookShapeProblem({ text, root }: JsonText): TextProblem | undefined {
  const hooks = nodeAt(root, ['hooks']);
  if (hooks === undefined) return undefined;
  if (hooks.type !== 'object') return problemAt(text, hooks.offset, '"hooks" is not an object');
  for (const property of hooks.children ?? []) {
    const [key, groups] = property.children ?? [];
    const event = JSON.stringify(key?.value);
    if (groups?.type !== 'array')
      return problemAt(text, groups?.offset ?? property.offset, `${event} in "hooks" is not an array`);
    const bare = groups.children?.find((group) => nodeAt(group, ['hooks'])?.type !== 'array');
    if (bare !== undefined)
      return problemAt(text, bare.offset, `An element of ${event} in "hooks" has no "hooks" array`);
  }
  return undefined;
}

/** The first of the permission lists that is not an array, so that rules cannot be added to it. */
export function permissionShapeProblem({ text, root }: JsonText): TextProblem | undefined {
  const permissions = nodeAt(root, ['permissions']);
  if (permissions === undefined) return undefined;
  if (permissions.type !== 'object') return problemAt(text, permissions.offset, '"permissions" is not an object');
  for (const list of ['allow', 'deny']) {
    const rules = nodeAt(permissions, [list]);
    if (rules !== undefined && rules.type !== 'array')
      return problemAt(text, rules.offset, `"${list}" in "permissions" is not an array`);
  }
  return undefined;
}

/** Events whose hooks can refuse a call: newer versions of Claude Code ignore the whole file for these only. */
const REFUSING_EVENTS = ['PreToolUse', 'PermissionRequest'];

/**
 * The first error for which a version of Claude Code silently ignores the whole settings file, permissions included;
 * undefined if it reads the file, perhaps without some hook. Without a version, the newest is assumed.
 */
export function fileRejectionReason(settings: unknown, version: string | undefined): string | undefined {
  const errors = invalidHooks(settings);
  if (!isSince(version, SINCE.passesOverInvalidHooks)) return errors[0];
  const hooks = asRecord(asRecord(settings)['hooks']);
  const notListed = REFUSING_EVENTS.find((event) => !Array.isArray(hooks[event] ?? []));
  if (notListed !== undefined) return `${notListed}: not a list`;
  return errors.find(couldRefuse);
}

/** Whether every version of Claude Code ignores the whole file for this error of `invalidHooks`. */
export const couldRefuse = (error: string): boolean => REFUSING_EVENTS.some((event) => error.startsWith(`${event}: `));

/**
 * The handlers that Claude Code rejects, a line each: an unknown type, a missing field, an invalid timeout. Newer
 * versions ignore such a handler, older ones the whole file.
 */
export function invalidHooks(settings: unknown): string[] {
  const problems: string[] = [];
  for (const [event, groups] of Object.entries(asRecord(asRecord(settings)['hooks']))) {
    for (const group of asArray(groups)) {
      const { hooks, matcher } = asRecord(group);
      if (!Array.isArray(hooks)) problems.push(`${event}: an element without "hooks"`);
      if (matcher !== undefined && typeof matcher !== 'string') problems.push(`${event}: a matcher that is not text`);
      for (const hook of asArray(hooks)) {
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

/** A decoded JSON value as an array to iterate over; anything else as an empty one. */
export const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
