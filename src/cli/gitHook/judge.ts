import { errorText, logError } from '#core/base/errorLog.ts';
import { nonce } from '#core/base/nonce.ts';
import { logToRead } from '#core/base/paths.ts';
import { readEnd } from '#core/base/files/readEnd.ts';
import { asRecord } from '#core/base/json.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { reduce } from '#core/fold/reduce.ts';
import { activeBlocks, MAX_NAMED_BLOCKS, passesOf, type CallContext } from '#core/policy/activeBlocks.ts';
import { summaryOf } from '#core/policy/callSummary.ts';
import { takenFrom } from '#core/policy/sweepBlock.ts';
import type { ToolCall } from '#core/policy/match/match.ts';
import { consumeFlags } from '#core/session/flags.ts';
import { publish } from '#core/session/publish.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { descendsFrom } from '#core/workers/lineage.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Block, SeenCall, Uncommitted } from '#protocol/state.ts';
import { sessionFromEnv } from '#cli/environment.ts';
import { originOf } from '#cli/origin.ts';
import type { Io } from '#cli/verb.ts';
import type { GitAction } from './gitAction.ts';

/** A call that Claude's hook has let run may take so long. */
const LET_RUN_MS = 15 * 60_000;
const MAX_TAIL_BYTES = 256 * 1024;
const TOOL = 'git';

export interface Judgement {
  log: SessionLog;
  blocks: Block[];
  /** What is taken of the uncommitted files of others where that is only warned of. */
  warnings: string[];
  /** The call was made through Claude, so it reads the answer. */
  throughClaude: boolean;
}

interface JudgeOptions {
  io: Io;
  home: string;
  log: SessionLog;
  root: string;
  action: GitAction;
  /** What a commit takes of an agent's files; undefined where it is no commit. */
  takes: ToolCall['takes'];
  own: ReadonlySet<string>;
  shell: typeof import('#core/policy/shell/shell.ts');
}

/** What one session holds of this: in its own agents' calls as PreToolUse would, else by its patterns of commands. Records it. */
export function judge(options: JudgeOptions): Judgement {
  const { io, home, log, own } = options;
  consumeFlags(log.dir, io.now(), ({ ts, ...event }) => {
    // the person's word counts where nothing can be written, too
    reduce(log.state, { pos: log.readEnd, value: { ...event, ts } });
  });
  log.refresh();
  const { state } = log;
  const origin = originOf(io, log);
  const { name = USER } = origin;
  const isInside =
    origin.kind !== 'person' && (name === CONDUCTOR ? isOwnClaude(log, own) : isWorkerHere(io, log, name));
  const role = isInside ? name : CONDUCTOR;
  const seen: SeenCall & { call: string } = {
    call: `git-${nonce()}`,
    tool: TOOL,
    summary: summaryOf(options.action.shown),
    agent: isInside ? (role === CONDUCTOR ? undefined : role) : USER,
  };
  const isJudged = ({ session }: Uncommitted): boolean => {
    if (session !== undefined) return !own.has(session);
    // which of its subagents makes a call, the processes of a Claude do not show: its hook has judged that
    return !isInside || !origin.throughClaude;
  };
  const takes: ToolCall['takes'] = (entry) => (isJudged(entry) ? options.takes?.(entry) : undefined);
  const contexts = options.action.commands.map((command, i): CallContext => {
    const fit = options.shell.fitOf(command, 'Bash', { cwd: options.root, root: projectOf(options) });
    const call = { tool: 'Bash', input: { command }, cwd: options.root, fit, takes: i === 0 ? takes : undefined };
    return { event: 'PreToolUse', role, root: projectOf(options), seen: () => seen, call };
  });
  const found = new Map(
    contexts.flatMap((context) => activeBlocks(state, context, io.now())).map((block) => [block.id, block]),
  );
  const letRun = isInside ? recentlyLetRun(log, io.now()) : new Set<string>();
  const blocks = [...found.values()].filter((block) => (isInside ? !letRun.has(block.id) : meansEveryone(block)));
  const warned = [...state.uncommitted.values()].filter(({ hold }) => hold !== true);
  const warnings = contexts[0] === undefined ? [] : takenFrom(warned, contexts[0]);
  const denied = blocks
    .slice(0, MAX_NAMED_BLOCKS)
    .map((block) => ({ t: 'denied' as const, block: block.id, id: seen.call, ...seen }));
  const passed = blocks.length > 0 ? [] : contexts.slice(0, 1).flatMap((context) => passesOf(state, context));
  const message = (text: string): string => `${seen.summary ?? 'git'}: ${text}`;
  const events = [
    ...denied,
    ...passed.map((pass) => ({ t: 'passed' as const, ...pass })),
    ...(blocks.length > 0
      ? []
      : warnings.map((text) => ({ t: 'log' as const, level: 'warn', message: message(text) }))),
  ];
  try {
    if (events.length > 0) publish(log.dir, io.now(), ...events);
  } catch (error) {
    // on a full disk the answer still counts
    logError(home, 'git-hooks', io.now(), `not written to the log: ${errorText(error)}`);
  }
  return { log, blocks, warnings, throughClaude: origin.throughClaude };
}

const projectOf = ({ log, root }: Pick<JudgeOptions, 'log' | 'root'>): string => log.state.session.cwd ?? root;

/** Whether a Claude above the caller is the one of this session. Without a process that is seen, the environment counts. */
const isOwnClaude = ({ state, dir }: SessionLog, own: ReadonlySet<string>): boolean =>
  own.has(state.session.id ?? '') || own.has(dir.split(/[\\/]/).at(-1) ?? '');

/** Whether a worker of that name is at work in this session, by the processes above the caller or by an environment that names it. */
function isWorkerHere(io: Io, log: SessionLog, name: string): boolean {
  const worker = log.state.workers.get(name);
  if (worker === undefined || hasEnded(worker)) return false;
  const named = sessionFromEnv(io);
  return descendsFrom(log, io.ancestry()) === true || (named !== undefined && 'dir' in named && named.dir === log.dir);
}

/** A block of commands, by whichever program they are run; others are about a session's own calls. */
const meansEveryone = ({ match }: Block): boolean =>
  match?.agent === undefined && (match?.command !== undefined || match?.git !== undefined);

/** The blocks for which the person has let a call of this session run a moment ago: git may be what that call runs. */
function recentlyLetRun({ dir }: SessionLog, now: number): Set<string> {
  const lines = readEnd(logToRead(dir), MAX_TAIL_BYTES)
    .split('\n')
    .filter((line) => line.includes('"passed"'));
  return new Set(
    lines.flatMap((line) => {
      try {
        const { t, block, ts } = asRecord(JSON.parse(line));
        const isRecent = typeof ts === 'number' && now - ts < LET_RUN_MS;
        return t === 'passed' && typeof block === 'string' && isRecent ? [block] : [];
      } catch {
        return [];
      }
    }),
  );
}
