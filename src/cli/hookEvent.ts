import { parseSum, SUM_FORMS, type BudgetSum } from '#protocol/budgetSum.ts';
import { isRecord } from '#core/base/json.ts';
import { isBlockCondition, isCondition } from '#core/fold/conditions.ts';
import { provableOf } from '#core/fold/provable.ts';
import { HOOK_EVENTS, NOTIFICATION_ONLY, type HookEvent } from '#protocol/hookEvents.ts';
import type { NewEvent } from '#core/log/append.ts';
import { nameOfNoTool } from '#core/policy/match/match.ts';
import { publishedCondition, publishedPath, type PathContext } from '#core/session/publishedPath.ts';
import type { Match } from '#protocol/parts.ts';
import { durationOption, jsonOption, nameOption } from './args.ts';
import { usage } from './exit.ts';
import { listOption, textOption, type Call } from './verb.ts';

/** Options that select the tool calls of a block, an information or a rewrite. */
export const MATCH_OPTIONS = {
  tool: textOption('NAMES', 'only calls of these tools: names separated by |, with *'),
  path: textOption(
    'GLOB',
    'only calls that name such a path, or one in that folder; a relative one starts in this folder',
  ),
  command: textOption('GLOB', 'only Bash calls with such a command in them, e.g. "git merge*"'),
  agent: textOption(
    'NAMES',
    'only these subagents: ids, names or types separated by |, with *; "conductor" is Claude itself',
  ),
  git: textOption('sweep', 'only calls of git that take what another agent has not committed: git add -A, stash, …'),
};

const MATCH_PARTS = Object.keys(MATCH_OPTIONS);

/** Options that end a block or an information. */
export const LIFETIME_OPTIONS = {
  until: listOption(
    'COND',
    'it ends when this holds (several: when all have): done:W1, ok:all, free:db, proven:COMMAND, mergeable:a+b, …',
  ),
  ttl: textOption('D', 'it ends after this time'),
  key: textOption('KEY', 'it takes the place of an earlier one of this worker with the same key'),
};

/** The `match` of a hook event; undefined if it concerns every call. */
export function matchOf(call: Call): Record<string, unknown> | undefined {
  const json = call.text('match') === undefined ? {} : jsonOption(call, 'match');
  if (!isRecord(json)) throw usage('--match must be an object: {"tool":…,"path":…,"command":…,"agent":…,"git":…}');
  for (const [name, value] of Object.entries(json))
    if (!Object.hasOwn(MATCH_OPTIONS, name) || typeof value !== 'string')
      throw usage(`--match cannot have "${name}"; it has tool, path, command, agent and git, each a text`);
  const given = MATCH_PARTS.flatMap((name): [string, string][] => {
    const value = call.text(name) ?? (json[name] as string | undefined);
    return value === undefined ? [] : [[name, value]];
  });
  const noTool = nameOfNoTool(given.find(([name]) => name === 'tool')?.[1] ?? '');
  if (noTool !== undefined)
    throw usage(
      `"${noTool}" cannot be the name of a tool; a command and a path have options of their own, as in --tool Bash --command "git merge*"`,
    );
  if (given.some(([name, value]) => name === 'git' && value !== 'sweep'))
    throw usage('--git has one value: sweep, for calls that take what another agent has not committed');
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** `until`, `ttlMs` and `key` of a hook event, with a budget among the conditions. */
export function lifetimeOf(call: Call, budget?: string): Record<string, unknown> {
  const texts = [...call.texts('until'), ...(budget === undefined ? [] : [`budget:${budget}`])];
  const until = conditionsOf(texts, isBlockCondition);
  return {
    until: until.length === 0 ? undefined : until.length === 1 ? until[0] : until,
    ttlMs: durationOption(call, 'ttl'),
    key: nameOption(call, 'key'),
  };
}

/** A hook event with its paths as the log gets them: against the folder in which the command runs. */
export function withPublishedPaths(event: NewEvent, context: PathContext): NewEvent {
  const match = event['match'] as Match | undefined;
  const until = event['until'] as string | string[] | undefined;
  const published = (condition: string): string => publishedCondition(condition, context);
  return {
    ...event,
    match: match?.path === undefined ? match : { ...match, path: publishedPath(match.path, context) },
    until: typeof until === 'string' ? published(until) : until?.map(published),
  };
}

/** Returns the conditions if all are valid; else throws a usage failure that lists the valid forms. Only a block has limits. */
export function conditionsOf(texts: string[], isValid = isCondition): string[] {
  for (const text of texts) {
    if (text.startsWith('budget:')) sumOf(text.slice('budget:'.length));
    if (!isValid(text))
      throw usage(
        isBlockCondition(text)
          ? `"${text}" is a limit: only a block can have it, as in: fermata block "…" --until ${text}`
          : `"${text}" is no condition; there are done:W1, ok:W1, done:all, ok:all, checkpoint:NAME, free:RESOURCE, decided:BALLOT, agreed:BALLOT, clear:B1, proven:COMMAND, mergeable:BRANCH+BRANCH`,
      );
  }
  return texts;
}

/** The sum in an option or a condition. Throws a usage failure for another text. */
export function sumOf(text: string): BudgetSum {
  const sum = parseSum(text);
  if (sum === undefined) throw usage(`"${text}" is no sum of a budget; there are ${SUM_FORMS}`);
  return sum;
}

/** Throws a usage failure for a command of which no exit code could show that it ended with 0. */
export async function assertProvable(texts: readonly string[]): Promise<void> {
  const commands = texts.flatMap((text) => provableOf(text)?.command ?? []);
  if (commands.length === 0) return;
  const { awaitedCommands } = await import('#core/policy/shell/shell.ts');
  const unread = commands.find((command) => awaitedCommands(command, '/') === undefined);
  if (unread !== undefined)
    throw usage(
      `"${unread}" cannot be proven: it has to be one command, or several joined by &&, without variables, pipes or redirections, so that its exit code is theirs`,
    );
}

/** Throws a usage failure for a block at an event of which Claude Code only notifies. */
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
