/** What hooks see of the commands and the files for which conditions `proven:` wait. In programs.cjs: few sessions have such a condition. */
import { shellSpawn } from '#core/claude/backgroundTasks.ts';
import { callFolder } from '#core/claude/callFolder.ts';
import { awaitedProofs, isProvable, isProven } from '#core/fold/provable.ts';
import { isMergeCondition } from '#core/fold/mergeCondition.ts';
import type { NewEvent } from '#core/log/append.ts';
import { pathsOf } from '#core/policy/match/callPath.ts';
import { isShell, matches } from '#core/policy/match/match.ts';
import { isOfProject, ranEvents, treeEvents, type ProofPlace } from '#core/policy/seenProofs.ts';
import { staleMergeEvents } from '#core/policy/staleMerges.ts';
import { publishedPath } from '#core/session/publishedPath.ts';
import { isCopy } from '#core/session/seat.ts';
import { isRecord } from '#core/base/json.ts';
import { CONDUCTOR, isWorkerId } from '#protocol/ids.ts';
import type { HookContext } from './hookContext.ts';
import type { SessionWriter } from './sessionWriter.ts';
import { ensureGitWatchFor } from './sweepWarning.ts';

const EDITS = new Set(['Edit', 'MultiEdit', 'Write', 'NotebookEdit']);
/** A folder in which nothing is: where a call began is not known, and only what it changes into counts. */
const NOWHERE = '/\0';

/** The parser of shell commands, in a bundle of its own. */
const loadShell = (): Promise<typeof import('#core/policy/shell/shell.ts')> => import('#core/policy/shell/shell.ts');

const placeOf = ({ state, root, env }: HookContext): ProofPlace => ({
  state,
  root: state.session.cwd ?? root,
  env: env.env,
});

const workerOf = ({ agent }: HookContext): string | undefined => (agent === CONDUCTOR ? undefined : agent);

/** After a call: what it has shown, or taken away. The files of another machine are others. */
export async function proofEffects(ctx: HookContext, dir: string): Promise<NewEvent[]> {
  const { payload, state } = ctx;
  const { tool_name: tool = '', hook_event_name: event } = payload;
  if (event === 'PostToolBatch' || awaitedProofs(state).size === 0 || isCopy(dir)) return [];
  if (EDITS.has(tool)) return event === 'PostToolUse' ? editEvents(ctx) : [];
  const isUnknown = tool.startsWith('mcp__');
  if (!isShell(tool) && !isUnknown) return [];
  const ran = isUnknown ? [] : await shellEvents(ctx);
  if (ran.length > 0 || (!isUnknown && !(await mayWrite(ctx)))) return ran;
  return changeEvents(ctx);
}

function editEvents(ctx: HookContext): NewEvent[] {
  const { call } = ctx.callContext();
  const { root } = placeOf(ctx);
  const paths = call === undefined ? [] : pathsOf(call).filter((path) => isOfProject(path, root));
  return paths.map((path): NewEvent => {
    return {
      t: 'edited',
      path: publishedPath(path, { from: call?.cwd ?? root, project: root }),
      worker: workerOf(ctx),
    };
  });
}

/** Whether a shell may have written: a script of PowerShell is not read for that. */
async function mayWrite({ command, shell }: HookContext): Promise<boolean> {
  if (command === undefined || shell === 'powershell') return command !== undefined;
  const { mayTextWrite, readCommand } = await loadShell();
  return mayTextWrite(readCommand(command));
}

/** After what may have changed any file: with git their hash shows it, else all of them may be others. */
async function changeEvents(ctx: HookContext): Promise<NewEvent[]> {
  const place = placeOf(ctx);
  const held = [...awaitedProofs(ctx.state)].filter((of) => isProven(ctx.state, of));
  const isUnhashed = held.some((of) => ctx.state.proofs.get(of)?.run?.tree === undefined);
  return isUnhashed ? [{ t: 'edited', worker: workerOf(ctx) }] : treeEvents(place, held);
}

/** Text of PowerShell that means the same to every shell: words alone. */
const PLAIN = /^[\w ./:@=-]+$/;

async function shellEvents(ctx: HookContext): Promise<NewEvent[]> {
  const { command = '', payload, shell, env } = ctx;
  if (shell === 'powershell' && !PLAIN.test(command)) return [];
  const { cwd = placeOf(ctx).root, transcript_path: transcript, tool_use_id: call } = payload;
  const began = /\b(cd|pushd|popd)\b/.test(command) ? (callFolder(transcript, call) ?? NOWHERE) : cwd;
  const { code, task } = outcomeOf(payload);
  const duration = typeof payload['duration_ms'] === 'number' ? payload['duration_ms'] : 0;
  // the call has ended when this process was started
  const startedTs = performance.timeOrigin - duration;
  const seen = { text: command, cwd: began, code, task, worker: workerOf(ctx), startedTs, now: env.now };
  const ran = await ranEvents(placeOf(ctx), seen);
  // its end is that of a worker, which Claude Code lists only at the end of the turn
  const isNew = task !== undefined && isWorkerId(task) && !ctx.state.workers.has(task);
  const runs = ran.some((event) => event['task'] !== undefined);
  return isNew && runs ? [shellSpawn(task, ctx.agent, { task: descriptionOf(ctx), command }), ...ran] : ran;
}

const descriptionOf = ({ payload }: HookContext): string | undefined => {
  const text = payload.tool_input?.['description'];
  return typeof text === 'string' ? text : undefined;
};

/** How a call of a shell has ended: its exit code, or the background task as which it goes on. */
function outcomeOf(payload: HookContext['payload']): { code?: number; task?: string } {
  if (payload.hook_event_name === 'PostToolUseFailure') {
    const [, code] = /^Exit code (\d+)/.exec(typeof payload.error === 'string' ? payload.error : '') ?? [];
    return { code: code === undefined ? -1 : Number(code) };
  }
  const response = payload['tool_response'];
  if (!isRecord(response)) return { code: -1 };
  const { backgroundTaskId: task, returnCodeInterpretation: meaning, interrupted } = response;
  if (typeof task === 'string') return { task };
  // an exit code that Claude Code takes for a success, such as the 1 of grep
  return { code: interrupted === true || (typeof meaning === 'string' && meaning !== '') ? -1 : 0 };
}

/**
 * Before a block decides that waits for a proof or a merge: whether the files are still what they were when it was shown, and the
 * commits those that were looked at.
 */
export async function lookAtProofs(ctx: HookContext, session: SessionWriter): Promise<void> {
  if (isCopy(session.dir)) return;
  await ctx.prepareMatching();
  const { event, call, root } = ctx.callContext();
  const concerned = [...ctx.state.blocks.values()].filter(
    (block) =>
      block.ended === undefined && block.event === event && (call === undefined || matches(block.match, call, root)),
  );
  const texts = new Set(concerned.flatMap(({ until }) => until.map(({ text }) => text)));
  const merges = [...texts].filter((text) => isMergeCondition({ text }));
  if (merges.length > 0) ensureGitWatchFor(ctx, true);
  const ofs = [...texts].filter((text) => isProvable({ text }));
  session.tryPublish(...(await treeEvents(placeOf(ctx), ofs)), ...staleMergeEvents(ctx.state, merges));
}
