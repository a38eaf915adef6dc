import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { HOOK_EVENTS, type HookEvent } from '#protocol/hookEvents.ts';
import { HOOKS } from '#protocol/hookTable.ts';
import { asRecord } from '#core/base/json.ts';
import { homePaths } from '#core/base/paths.ts';
import { isSince, SINCE } from '#core/claude/versions.ts';
import { refusingEntry } from './refusingEntry.ts';
import { windowsRuntime } from './runtimeFiles.ts';
import { fromCmdWord, windowsEntry } from './windowsEntry.ts';
import { asArray, type HookEntry, type HookTest } from '#core/install/settings/hookShape.ts';
import type { PermissionRule } from '#core/install/settings/footprint.ts';
import type { InstallScope } from '#core/install/settings/claudeSettingsFile.ts';

const WAITER_TIMEOUT_SECONDS = 86_400;

/** Longer commands and arguments of handlers are not Fermata's: those are a path, an event and a number. */
const MAX_COMMAND_CHARS = 2000;

export interface EntryOptions {
  /** The Fermata home, absolute. */
  home: string;
  /** On Windows, where no `sh` can be counted on: the Node that runs the hook program itself. */
  windowsNode?: string | undefined;
  /** Whether that is an editor's own executable, which is Node only with ELECTRON_RUN_AS_NODE=1. */
  electron?: boolean;
  /** The oldest Claude Code that is known to read them; without it none is known. */
  claude?: string;
  /** The setting `failClosed`. */
  failClosed?: boolean;
}

/** The event of a skill's shell lines, which Claude Code asks about as about a call. */
const SKILL_COMMAND = 'PreSkillShellCommand';

/** The event that an entry of an event in the settings is for. */
export const eventOf = (event: string): string => (event === SKILL_COMMAND ? 'PreToolUse' : event);

/**
 * The handlers to install, by event. In exec form Claude Code starts the gate without a shell: when the file is gone the
 * start fails, which only shows an error, while `sh <file>` would exit 2 and so refuse every tool call.
 */
export function hookEntries(options: EntryOptions): Record<string, HookEntry[]> {
  const { home, windowsNode, electron, claude, failClosed } = options;
  const gate = `${home}/hooks/gate.sh`;
  const entry = (event: HookEvent): HookEntry => {
    const { timeout } = HOOKS[event];
    const args = [event, String(timeout)];
    const refuses = failClosed === true && event === 'PreToolUse';
    if (windowsNode !== undefined)
      return windowsEntry({ home, node: windowsNode, electron, refuses, claude }, args, timeout);
    if (refuses) return refusingEntry([gate, ...args], timeout, claude);
    return { type: 'command', command: gate, args, timeout };
  };
  const waiter: HookEntry = {
    type: 'command',
    command: gate,
    args: ['Wake', String(WAITER_TIMEOUT_SECONDS)],
    timeout: WAITER_TIMEOUT_SECONDS,
    asyncRewake: true,
    rewakeMessage: 'News that may not wait:',
    rewakeSummary: 'Fermata: news for Claude',
  };
  const entries = Object.fromEntries(
    HOOK_EVENTS.map((event) => {
      // the waiter is a shell program
      const needsWaiter = windowsNode === undefined && 'waiter' in HOOKS[event];
      return [event, needsWaiter ? [entry(event), waiter] : [entry(event)]];
    }),
  );
  // an event that it does not know makes Claude Code warn of the settings at each start in a terminal
  return claude !== undefined && isSince(claude, SINCE.asksAboutSkillCommands)
    ? { ...entries, [SKILL_COMMAND]: [entry('PreToolUse')] }
    : entries;
}

/** What these entries cannot do with that version of Claude Code, a sentence each. */
export function leftOut({ claude, failClosed }: Pick<EntryOptions, 'claude' | 'failClosed'>): string[] {
  const lacks = (since: string, what: string, effect: string): string[] =>
    isSince(claude, since) ? [] : [`Claude Code ${claude} does not know ${what} (${since} does): ${effect}.`];
  return [
    ...lacks(
      SINCE.asksAboutSkillCommands,
      `the event ${SKILL_COMMAND}`,
      'what a skill or a slash command runs in a shell by itself is not held',
    ),
    ...(failClosed
      ? lacks(
          SINCE.refusesOnFailure,
          '"onFailure"',
          'a hook that is killed or runs out of time lets its call pass, although fermata.failClosed is set',
        )
      : []),
  ];
}

/** The version of Claude Code for which these entries were made, as far as that shows in them. */
export function impliedVersion(entries: readonly { event: string; hook: object }[]): string {
  if (entries.some(({ event }) => event === SKILL_COMMAND)) return SINCE.asksAboutSkillCommands;
  return entries.some(({ hook }) => 'onFailure' in hook) ? SINCE.refusesOnFailure : '0.0.0';
}

/** Where a shared entry looks for the gate; no home is named, since a shared file has no path of one person's. */
const SHARED_GATE = 'g="${FERMATA_HOME:-$HOME/.fermata}/hooks/gate.sh"';
const SHARED_COMMAND =
  /^(.*); if \[ -f "\$g" \] && \[ -x "\$g" \]; then exec "\$g" [A-Za-z]+ \d+ shared; fi; (?:cd \/; )?cat >\/dev\/null$/;

const sharedCommand = (args: readonly string[]): string =>
  `${SHARED_GATE}; if [ -f "$g" ] && [ -x "$g" ]; then exec "$g" ${args.join(' ')} shared; fi; cd /; cat >/dev/null`;

/**
 * The same handlers for a file that a project shares, in shell form: each of those who run one has another
 * home, or no Fermata, and then it takes the payload and does nothing. `shared` makes the gate yield to a person's own entries.
 */
export function sharedEntries(claude?: string): Record<string, HookEntry[]> {
  const shared = ({ args = [], ...entry }: HookEntry): HookEntry => ({ ...entry, command: sharedCommand(args) });
  // others who share the file may have an older Claude Code
  const { [SKILL_COMMAND]: _, ...known } = hookEntries({ home: '', claude });
  const all = Object.entries(known);
  return Object.fromEntries(all.map(([event, entries]) => [event, entries.map(shared)]));
}

/** The entries that an installation makes in a settings file of this scope: on Windows by default for the recorded Node. */
export function entriesFor(
  scope: InstallScope,
  options: Omit<EntryOptions, 'failClosed'>,
): Record<string, HookEntry[]> {
  // what a project shares goes by no setting of one person's
  return scope === 'project'
    ? sharedEntries(options.claude)
    : hookEntries({
        ...(options.windowsNode === undefined ? windowsRuntime(options.home) : {}),
        ...options,
        failClosed: isFailClosed(options.home),
      });
}

/** Whether the person prefers a refused call to one that Fermata could not look at (setting `failClosed`). */
export const isFailClosed = (home: string): boolean => existsSync(homePaths(home).failClosed);

/**
 * A test for Fermata's own handlers: the command or one of its arguments is the gate (or hook program) of this home, or of
 * any folder named `.fermata`, which covers a home that has moved. A foreign command may mention such a path.
 */
export function isFermataEntry(home: string): HookTest {
  return (hook) => homeOfEntry(home, hook) !== undefined;
}

/** The Fermata home whose program a handler starts: of a shared one this person's. Undefined for a foreign handler. */
export function homeOfEntry(home: string, hook: unknown): string | undefined {
  const { command, args } = asRecord(hook);
  if (args === undefined && typeof command === 'string' && SHARED_COMMAND.exec(command)?.[1] === SHARED_GATE)
    return home;
  // shell form: [sh] path [event [timeout]]
  const shell = /^(?:(?:\/\S*\/)?(?:sh|bash|dash) +)?(["']?)(.+?)\1(?: +[A-Za-z]+(?: +\d+)?)?$/.exec(
    typeof command === 'string' && command.length <= MAX_COMMAND_CHARS ? command : '',
  );
  return [...asArray(args), command, shell?.[2]]
    .map((candidate) => homeOfProgram(home, candidate))
    .find((entryHome) => entryHome !== undefined);
}

function homeOfProgram(home: string, arg: unknown): string | undefined {
  // a longer one takes time that grows with the square of its length
  if (typeof arg !== 'string' || arg.length > MAX_COMMAND_CHARS) return undefined;
  const path = withForwardSlashes(arg.endsWith('gate.cmd') ? fromCmdWord(arg) : arg);
  const end = ['/hooks/gate.sh', '/hooks/hook.cjs', '/hooks/gate.cmd'].find((name) => path.endsWith(name));
  if (end === undefined) return undefined;
  const programHome = path.slice(0, -end.length);
  return programHome === withForwardSlashes(home) || (isPath(path) && programHome.endsWith('/.fermata'))
    ? programHome
    : undefined;
}

/**
 * The permission rules that are added with consent: the Conductor may read the results of workers without asking, and edit
 * nothing in the home. The default home is written with `~`, another one with its real path.
 */
export function permissionRules(home: string, userHome: string): PermissionRule[] {
  const base =
    withForwardSlashes(home) === withForwardSlashes(join(userHome, '.fermata')) ? '~/.fermata' : absoluteRule(home);
  return [
    { list: 'allow', rule: `Read(${base}/sessions/*/workers/*/out/**)` },
    { list: 'deny', rule: `Edit(${base}/**)` },
  ];
}

/** In a rule, `//` is the root of the file system. */
const absoluteRule = (home: string): string =>
  `/${withForwardSlashes(realPath(home)).replace(/^([A-Za-z]):/, (_, drive: string) => `/${drive.toLowerCase()}`)}`;

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // not there yet
  }
}

/** An absolute path and nothing else: it may have a blank, but no character that a shell interprets. */
const isPath = (text: string): boolean => /^(?:\/|~\/|[A-Za-z]:\/)[^;&|<>$`"'()]*$/.test(text);

const withForwardSlashes = (path: string): string => path.replaceAll('\\', '/').replace(/\/+$/, '');
