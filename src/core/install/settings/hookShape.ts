import { accepts, firstError } from '#protocol/compileValidator.ts';
import type { JsonSchema } from '#protocol/jsonSchema.ts';
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
  /** A failure of the handler refuses the action. Any other value costs the whole settings file. */
  onFailure?: 'block';
  /** Runs in the background; when it exits with 2, its output wakes an idle session. */
  asyncRewake?: boolean;
  /** With `asyncRewake`: the text before that output for the model, and the line that the person sees. */
  rewakeMessage?: string;
  rewakeSummary?: string;
}

/** Recognizes handlers, for example Fermata's own; it accepts any value. */
export type HookTest = (hook: unknown) => boolean;

/** The events of Claude Code; Fermata has hooks for some of them. */
const CLAUDE_EVENTS = `PreToolUse PostToolUse PostToolUseFailure PostToolBatch Notification UserPromptSubmit
  UserPromptExpansion SessionStart SessionEnd Stop StopFailure SubagentStart SubagentStop PreCompact PostCompact
  PermissionRequest PermissionDenied Setup TeammateIdle TaskCreated TaskCompleted Elicitation ElicitationResult
  ConfigChange WorktreeCreate WorktreeRemove InstructionsLoaded CwdChanged FileChanged MessageDisplay
  PreSkillShellCommand`.split(/\s+/);
/** Newer versions ignore a larger settings file. */
const MAX_FILE_BYTES = 2 * 1024 * 1024;

/** Whether Claude Code ignores a settings file because of its size; without a version, the newest is assumed. */
export const isTooLarge = (bytes: number, version?: string): boolean =>
  bytes > MAX_FILE_BYTES && isSince(version, SINCE.ignoresLargeSettings);

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

/** An event that older versions of Claude Code do not know: they read over it, whatever it holds. */
const NEW_EVENT = 'PreSkillShellCommand';
/** Events whose hooks can refuse a call: newer versions of Claude Code ignore the whole file for these only. */
const REFUSING_EVENTS = ['PreToolUse', 'PermissionRequest', NEW_EVENT];

/**
 * The first error for which a version of Claude Code silently ignores the whole settings file, permissions included;
 * undefined if it reads the file, perhaps without some hook. Without a version, the newest is assumed.
 */
export function fileRejectionReason(settings: unknown, version: string | undefined): string | undefined {
  const { [NEW_EVENT]: newer, ...older } = asRecord(asRecord(settings)['hooks']);
  const hooks = isSince(version, SINCE.asksAboutSkillCommands) ? { ...older, [NEW_EVENT]: newer } : older;
  const errors = invalidHooks({ hooks });
  if (!isSince(version, SINCE.passesOverInvalidHooks)) return errors[0];
  const notListed = REFUSING_EVENTS.find((event) => !Array.isArray(hooks[event] ?? []));
  if (notListed !== undefined) return `${notListed}: not a list`;
  return errors.find(couldRefuse) ?? (isSince(version, SINCE.refusesOnFailure) ? wrongOnFailure({ hooks }) : undefined);
}

/** The first handler that could refuse and whose `onFailure` has a value that Claude Code does not take. */
export function wrongOnFailure(settings: unknown): string | undefined {
  const hooks = asRecord(asRecord(settings)['hooks']);
  for (const event of REFUSING_EVENTS)
    for (const hook of asArray(hooks[event]).flatMap((group) => asArray(asRecord(group)['hooks']))) {
      const error = onFailureError(hook);
      if (error !== undefined) return `${event}: ${error}`;
    }
  return undefined;
}

function onFailureError(hook: unknown): string | undefined {
  const { onFailure } = asRecord(hook);
  const isRight = onFailure === undefined || onFailure === 'block' || onFailure === 'continue';
  return isRight ? undefined : `onFailure ${shown(onFailure)}`;
}

/** Whether every version of Claude Code ignores the whole file for this error of `invalidHooks`. */
export const couldRefuse = (error: string): boolean => REFUSING_EVENTS.some((event) => error.startsWith(`${event}: `));

/**
 * The handlers that Claude Code rejects, a line each: an unknown type, a missing field, an invalid timeout. Newer
 * versions ignore such a handler, older ones the whole file. All of them read over events that there are not.
 */
export function invalidHooks(settings: unknown): string[] {
  const hooks = asRecord(asRecord(settings)['hooks']);
  return CLAUDE_EVENTS.flatMap((event) =>
    asArray(hooks[event])
      .flatMap(groupErrors)
      .map((error) => `${event}: ${error}`),
  );
}

function groupErrors(group: unknown): string[] {
  const { hooks, matcher } = asRecord(group);
  return [
    ...(Array.isArray(hooks) ? [] : ['an element without "hooks"']),
    ...(matcher === undefined || typeof matcher === 'string' ? [] : ['a matcher that is not text']),
    ...asArray(hooks).flatMap((hook) => hookError(hook) ?? []),
  ];
}

/** Why Claude Code runs no handler of a group, or not this one, in a file that it reads; undefined if it runs it. */
export function passedOver(
  group: Record<string, unknown>,
  hook: unknown,
  version: string | undefined,
): string | undefined {
  const error = hookError(hook) ?? groupErrors({ ...group, hooks: [] })[0];
  return error ?? (isSince(version, SINCE.refusesOnFailure) ? onFailureError(hook) : undefined);
}

const TEXT: JsonSchema = { type: 'string' };
const TEXTS: JsonSchema = { type: 'array', items: TEXT };
const FLAG: JsonSchema = { type: 'boolean' };
const COMMON: Record<string, JsonSchema> = {
  timeout: { type: 'number', minimum: Number.MIN_VALUE },
  if: TEXT,
  statusMessage: TEXT,
  once: FLAG,
};
const handler = (required: Record<string, JsonSchema>, optional: Record<string, JsonSchema> = {}): JsonSchema => ({
  type: 'object',
  properties: { ...required, ...COMMON, ...optional },
  required: Object.keys(required),
});
/** The handlers that Claude Code takes, by type; other fields may be anything. */
const HANDLERS: Record<string, JsonSchema> = {
  command: handler(
    { command: TEXT },
    {
      args: TEXTS,
      shell: { enum: ['bash', 'powershell'] },
      async: FLAG,
      asyncRewake: FLAG,
      rewakeMessage: TEXT,
      rewakeSummary: TEXT,
    },
  ),
  http: handler({ url: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9+.-]*:.' } }),
  mcp_tool: handler({ server: TEXT, tool: TEXT }),
  prompt: handler({ prompt: TEXT }, { model: TEXT }),
  agent: handler({ prompt: TEXT }, { model: TEXT }),
};

function hookError(hook: unknown): string | undefined {
  const { type, ...fields } = asRecord(hook);
  const schema = typeof type === 'string' && Object.hasOwn(HANDLERS, type) ? HANDLERS[type] : undefined;
  if (schema === undefined) return `unknown type ${shown(type)}`;
  if (accepts(schema, fields)) return undefined;
  const [field = ''] = firstError(schema, fields);
  return fields[field] === undefined ? `no "${field}"` : `"${field}" that is ${shown(fields[field])}`;
}

/** A decoded JSON value for a person. A list or an object may be nested deeper than can be written. */
function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return value === undefined ? 'undefined' : JSON.stringify(value).slice(0, 80);
  return Array.isArray(value) ? 'a list' : 'an object';
}

/** A decoded JSON value as an array to iterate over; anything else as an empty one. */
export const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
