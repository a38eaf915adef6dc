import { isCondition } from '#core/fold/conditions.ts';
import { HOOK_EVENTS, NOTIFICATION_ONLY, type HookEvent } from '#protocol/hookEvents.ts';
import { durationMs } from './duration.ts';
import { usage } from './exit.ts';
import type { Call, OptionSpec } from './verb.ts';
import { checkedName, definedFields, isRecord, jsonOption } from './args.ts';

/** The options by which a worker says what a block, a piece of information or a rewrite applies to. */
export const MATCH_OPTIONS: Record<string, OptionSpec> = {
  tool: { type: 'string', value: 'NAMES', help: 'only calls of these tools: names separated by |, with *' },
  path: { type: 'string', value: 'GLOB', help: 'only calls that name such a path' },
  command: { type: 'string', value: 'GLOB', help: 'only Bash calls with such a command in them, e.g. "git merge*"' },
};

/** The options by which a worker says how long something stands. */
export const LIFETIME_OPTIONS: Record<string, OptionSpec> = {
  until: {
    type: 'string',
    value: 'COND',
    multiple: true,
    help: 'it ends when this holds (several: when all have): done:W1, ok:all, free:db, …',
  },
  ttl: { type: 'string', value: 'D', help: 'it ends after this time' },
  key: { type: 'string', value: 'KEY', help: 'it takes the place of an earlier one of this worker with the same key' },
};

/** The `match` of a hook event; undefined where everything is meant. */
export function matchOf(call: Call): Record<string, unknown> | undefined {
  const json = call.text('match') === undefined ? {} : jsonOption(call, 'match');
  if (!isRecord(json)) throw usage('--match must be an object: {"tool":…,"path":…,"command":…}');
  for (const [name, value] of Object.entries(json))
    if (!Object.hasOwn(MATCH_OPTIONS, name) || typeof value !== 'string')
      throw usage(`--match cannot have "${name}"; it has tool, path and command, each a text`);
  const match = {
    ...json,
    ...definedFields({ tool: call.text('tool'), path: call.text('path'), command: call.text('command') }),
  };
  return Object.keys(match).length === 0 ? undefined : match;
}

/** `until`, `ttlMs` and `key` of a hook event. */
export function lifetimeOf(call: Call): Record<string, unknown> {
  const until = conditionsOf(call.texts('until'));
  const ttl = call.text('ttl');
  const key = call.text('key');
  return definedFields({
    until: until.length === 0 ? undefined : until.length === 1 ? until[0] : until,
    ttlMs: ttl === undefined ? undefined : durationMs(ttl, 'ttl'),
    key: key === undefined ? undefined : checkedName(key, '--key'),
  });
}

/** Conditions that can be understood. Throws a usage failure that lists their forms. */
export function conditionsOf(texts: string[]): string[] {
  for (const text of texts)
    if (!isCondition(text))
      throw usage(
        `"${text}" is no condition; there are done:W1, ok:W1, done:all, ok:all, checkpoint:NAME, free:RESOURCE, decided:BALLOT, clear:B1`,
      );
  return texts;
}

/** Throws a usage failure for a block at an event that Claude Code only tells of. */
export function assertBlockable(event: HookEvent): void {
  if (NOTIFICATION_ONLY.includes(event))
    throw usage(
      `nothing can be blocked at ${event}: Claude Code only tells there what has happened (exit code 0 informs)`,
    );
}

/** A hook event's name, as Claude Code spells it. */
export function hookEventName(text: string): HookEvent {
  const found = HOOK_EVENTS.find((name) => name.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw usage(`there is no hook event "${text}"; there are ${HOOK_EVENTS.join(', ')}`);
  return found;
}
