import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { JudgedCalls, type Git, type Shell } from '#core/backtest/judgedCalls.ts';
import { recordedSessions } from '#core/backtest/history.ts';
import type { TriedBlock, TriedPolicy } from '#core/backtest/policy.ts';
import { PolicyTestError, runPolicyTest } from '#core/backtest/policyTest.ts';
import { recordedAt, type RecordedSession, type TriedSession } from '#core/backtest/sessionTrial.ts';
import { count, totalsOf, totalsText } from '#core/backtest/totals.ts';
import { tryAll } from '#core/backtest/tryAll.ts';
import { claudeConfigDir } from '#core/claude/processes.ts';
import { realPath } from '#core/base/files/facts.ts';
import { isBlockCondition } from '#core/fold/conditions.ts';
import { fermataHome, rulesPath, sessionDir } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { problemLines } from '#core/plans/rules/rules.ts';
import { projectRules, readRulesAt, type RulesText } from '#core/plans/rules/rulesFile.ts';
import { resolveSessionDir } from '#core/session/folder.ts';
import { formatDuration } from '#protocol/duration.ts';
import { isSessionId } from '#protocol/ids.ts';
import { nameOf } from './status.ts';
import { checkedName, durationOption } from '#cli/args.ts';
import { EXIT, refused, usage } from '#cli/exit.ts';
import {
  assertBlockable,
  conditionsOf,
  hookEventName,
  LIFETIME_OPTIONS,
  MATCH_OPTIONS,
  matchOf,
} from '#cli/hookEvent.ts';
import { print, printable } from '#cli/output.ts';
import { flagOption, listOption, textOption, type Call, type Verb } from '#cli/verb.ts';

const DEFAULT_LAST = 100;
/** So many sessions are named: a transcript is read for each. */
const MAX_NAMED = 100;
/** So many held calls are printed; --json has all. */
const MAX_PRINTED = 200;

export const rules: Verb = {
  name: 'rules',
  summary: 'Try rules, blocks, locks, budgets and fermata.git on recorded sessions: what they would have held',
  args: 'any',
  usage: 'try [--on history|SESSION|FILE] [WHAT] [--everywhere] [--last N] | test FILE …',
  options: {
    on: listOption(
      'WHERE',
      'history (default), a session, or the path of a log’s folder or a transcript; may be given again',
    ),
    project: textOption('DIR', 'the project whose sessions and rules are meant; default: this folder'),
    everywhere: flagOption('sessions of every folder'),
    last: textOption('N', `so many of the newest sessions; default ${DEFAULT_LAST}`),
    rules: textOption('FILE', 'what is tried: these rules; without anything else the project’s own'),
    ...MATCH_OPTIONS,
    git: textOption(
      'sweep|hold',
      'what is tried: sweep, a block of calls of git that take what another agent has not committed; hold, fermata.git as it would be',
    ),
    at: textOption('EVENT', 'a block at this hook event: PreToolUse (default), Stop or SubagentStop'),
    until: LIFETIME_OPTIONS.until,
    ttl: LIFETIME_OPTIONS.ttl,
    budget: textOption(
      'SUM',
      'what is tried: a budget of each session, or with --agent "*" of each of its agents: 2M, $5, 30m',
    ),
    lock: listOption('NAME', 'what is tried: a lock that another worker holds, such as file:src/a.ts'),
    hold: textOption('D', 'fermata.hold.seconds as it would be; alone: for the blocks that the logs have'),
    'workers-take': textOption('D', 'how long a rule’s workers are taken to work; default: until the turn ends'),
  },
  examples: [
    'fermata rules try --on history',
    'fermata rules try --on history --tool Bash --command "git push*"',
    'fermata rules try --lock file:src --everywhere --json',
    'fermata rules try --budget 2M --everywhere',
    'fermata rules try --git hold --everywhere',
    'fermata rules test policies/*.json',
  ],
  notes: [
    'Nothing is written and nothing runs. The functions that decide are those of the hooks; each call is judged as if those before it had gone as they went, and paths by the links of today.',
    'Calls are read in Claude Code’s transcripts. What cannot be judged is counted, with the reason.',
    'A FILE of test names a recorded session, a policy, and the calls that it must hold or leave free (docs/rules.md). Exit code 1 where one is not as it must be.',
  ],
  run: (call, action?: string, ...rest: string[]) => {
    if (action === 'test') return testPolicies(call, rest);
    if (action !== 'try') throw usage('say what to do: try, or test with files');
    if (rest.length > 0) throw usage(`too many arguments: "${rest[0] ?? ''}"`);
    return tryRules(call);
  },
};

const loadShell = (): Promise<Shell> => import('#core/backtest/shell.ts');
const loadGit = (): Promise<Git> => import('#core/policy/git/commandTakes.ts');
const judgedCalls = async (): Promise<JudgedCalls> => new JudgedCalls(await loadShell(), await loadGit());

async function tryRules(call: Call): Promise<undefined> {
  const { io } = call;
  const home = fermataHome(io.env);
  const config = claudeConfigDir(io.env);
  const project = realPath(resolve(io.cwd, call.text('project') ?? '.'));
  const { policy, problems } = policyOf(call, home, project);
  const on = call.texts('on').filter((where) => where !== 'history');
  const scope = call.flag('everywhere') ? undefined : project;
  const sessions =
    on.length > 0
      ? on.map((where) => recordedBy(home, io.cwd, where))
      : recordedSessions({ home, config, project: scope, last: lastOf(call) });
  if (sessions.length === 0)
    throw refused(`no session of ${project} is recorded; --everywhere takes those of every folder`);
  const { tried, skipped } = tryAll(
    sessions,
    policy,
    { home, config, calls: await judgedCalls() },
    on.length > 0 ? undefined : scope,
  );
  const totals = totalsOf(tried);
  const allProblems = [...problems, ...new Set(tried.flatMap(({ result }) => [...result.problems]))];
  const affected = tried
    .filter(({ result }) => result.held.length > 0)
    .map((session, index) => ({ ...session, name: index < MAX_NAMED ? nameIn(config, session) : null }));
  const lines = [
    ...totalsText(totals, skipped),
    ...allProblems.map((problem) => `! ${problem}`),
    ...affected.flatMap(sessionLines).slice(0, MAX_PRINTED),
  ];
  const json = { totals, sessions: affected.map(sessionJson), skipped, problems: allProblems };
  return print(call, printable(lines.join('\n')), json);
}

/** Runs policy tests, one after the other; exit code 1 where one fails or is none. */
async function testPolicies(call: Call, files: readonly string[]): Promise<number> {
  const { io } = call;
  if (files.length === 0) throw usage('name the files of the tests');
  const home = fermataHome(io.env);
  const holdSeconds = loadSettings(home, resolve(io.cwd, call.text('project') ?? '.'))['hold.seconds'];
  const context = { home, config: claudeConfigDir(io.env), calls: await judgedCalls(), holdSeconds };
  const tests = files.map((file) => {
    try {
      const sessionOf = (id: string): RecordedSession | undefined => recordedById(home, id);
      return { file, ...runPolicyTest(resolve(io.cwd, file), { ...context, sessionOf }) };
    } catch (error) {
      if (!(error instanceof PolicyTestError)) throw error;
      return { file, failures: [error.message], judged: 0, held: 0 };
    }
  });
  const failed = tests.filter(({ failures }) => failures.length > 0);
  const lines = tests.flatMap(({ file, failures, judged, held }) =>
    failures.length === 0
      ? [`ok      ${file} (${held} of ${judged} held)`]
      : [`failed  ${file}`, ...failures.map((failure) => `        ${failure}`)],
  );
  const summary = `${count(tests.length - failed.length, 'test')} passed, ${failed.length} failed`;
  if (call.flag('json')) io.stdout(`${JSON.stringify({ ok: failed.length === 0, tests })}\n`);
  else io.stdout(`${printable([...lines, summary].join('\n'))}\n`);
  return failed.length === 0 ? EXIT.ok : EXIT.refused;
}

const MATCH_NAMES = Object.keys(MATCH_OPTIONS);

function policyOf(call: Call, home: string, project: string): { policy: TriedPolicy; problems: string[] } {
  const settings = loadSettings(home, project);
  const holdMs = durationOption(call, 'hold');
  const git = call.text('git') === 'hold';
  const blockOptions = [...MATCH_NAMES, 'at', 'until', 'ttl', 'budget'].filter((name) => call.texts(name).length > 0);
  const isBlock = blockOptions.length > (git ? 1 : 0);
  if (git && isBlock)
    throw usage('--git hold is the setting fermata.git: it goes with --lock, --rules and --hold alone');
  const locks = call.texts('lock').map((name) => checkedName(name, '--lock'));
  const file = call.text('rules');
  const usesRules = file !== undefined || (!isBlock && !git && locks.length === 0 && holdMs === undefined);
  const texts = !usesRules
    ? []
    : file === undefined
      ? projectRules(project, settings.rules)
      : [readRulesAt(resolve(call.io.cwd, file)) ?? noFile(file)];
  const own = texts.flatMap((text) => text.rules);
  if (usesRules && own.length === 0) throw refused(whyNoRules(project, texts));
  return {
    problems: texts.flatMap(problemLines),
    policy: {
      blocks: isBlock ? [blockOf(call)] : [],
      locks,
      git,
      rules: own,
      recorded: !isBlock && !git && locks.length === 0 && !usesRules,
      holdSeconds: holdMs === undefined ? settings['hold.seconds'] : holdMs / 1000,
      workersTakeMs: durationOption(call, 'workers-take'),
    },
  };
}

function noFile(file: string): never {
  throw refused(`there is no file ${file}`);
}

function whyNoRules(project: string, texts: readonly RulesText[]): string {
  const problems = texts.flatMap(problemLines);
  return problems.length > 0
    ? `no rule can work: ${problems.join('; ')}`
    : `there are no rules: neither ${rulesPath(project)} nor the setting fermata.rules; name another thing to try, such as --tool Bash --command "git push*"`;
}

const JUDGED_EVENTS = ['PreToolUse', 'Stop', 'SubagentStop'];

function blockOf(call: Call): TriedBlock {
  const event = hookEventName(call.text('at') ?? 'PreToolUse');
  assertBlockable(event);
  if (!JUDGED_EVENTS.includes(event))
    throw usage(`transcripts do not have ${event}; --at is one of ${JUDGED_EVENTS.join(', ')}`);
  const budget = call.text('budget');
  const texts = [...call.texts('until'), ...(budget === undefined ? [] : [`budget:${budget}`])];
  return {
    event,
    text: budget === undefined ? 'the block that is tried' : 'The budget that is tried.',
    match: matchOf(call),
    until: conditionsOf(texts, isBlockCondition),
    ttlMs: durationOption(call, 'ttl'),
  };
}

function lastOf(call: Call): number {
  const text = call.text('last') ?? String(DEFAULT_LAST);
  const last = Number(text);
  if (!Number.isInteger(last) || last < 1 || last > 10_000) throw usage('--last needs a number from 1 to 10000');
  return last;
}

/** A session that is named by its id, or by the path of its record. */
function recordedBy(home: string, cwd: string, where: string): RecordedSession {
  const path = resolve(cwd, where);
  const found = existsSync(path) ? recordedAt(path) : recordedById(home, where);
  if (found === undefined) throw refused(`there is no recorded session ${where}, and nothing at ${path}`);
  return found;
}

function recordedById(home: string, id: string): RecordedSession | undefined {
  const dir = isSessionId(id) ? resolveSessionDir(sessionDir(home, id)) : undefined;
  return dir !== undefined && existsSync(dir) ? { id, dir } : undefined;
}

/** A session with what a person calls it, as far as that is known. */
type NamedSession = TriedSession & { name: string | null };

const nameIn = (config: string, { id, transcript, project = '', startedTs }: TriedSession): string | null =>
  nameOf(config, id, { session: id, project, started: startedTs }, transcript);

function sessionLines({ id, name, dir, project, startedTs, result }: NamedSession): string[] {
  const time = (ts: number): string => new Date(ts).toISOString().replace('T', ' ').slice(0, 19);
  return [
    '',
    `${time(startedTs)}  ${name ?? id}${name === null ? '' : ` (${id})`}  ${project ?? ''}`.trimEnd(),
    ...result.held.map(({ ts, event, tool, summary, agent, outcome, ms, events, reasons }) => {
      const what = summary ?? tool ?? (event === 'Stop' ? 'the end of the turn' : 'the end of an agent');
      const whose = agent === undefined ? '' : ` (${agent})`;
      const look = dir === undefined ? '' : `  [fermata status --session ${id} --at ${events}]`;
      const end = { released: `held ${formatDuration(ms)}`, refused: refusedText(ms), waiting: 'waits for you' }[
        outcome
      ];
      return `  ${time(ts).slice(11)}  ${what}${whose}: ${end} (${reasons.join('; ')})${look}`;
    }),
    ...(result.more === 0 ? [] : [`  … and ${result.more} more`]),
  ];
}

const refusedText = (ms: number): string => (ms === 0 ? 'refused' : `refused after ${formatDuration(ms)}`);

const sessionJson = ({ id, name, dir, transcript, project, startedTs, damaged, result }: NamedSession) => ({
  session: id,
  name,
  logged: dir !== undefined,
  transcript: transcript ?? null,
  project: project ?? null,
  startedTs,
  damaged,
  held: result.held,
  more: result.more,
});
