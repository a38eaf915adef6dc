import { makePlan } from '#core/plans/plan.ts';
import { rulesForPrompt } from '#core/plans/rules/promptRules.ts';
import { homePaths, workerPaths } from '#core/base/paths.ts';
import { startWorkers } from '#core/workers/startWorkers.ts';
import type { EventOf } from '#protocol/event.ts';
import type { HookContext } from './hookContext.ts';
import type { Answer } from './outcome.ts';
import type { SessionWriter } from './sessionWriter.ts';

/**
 * Workers that a prompt starts by the rules: planned in one line of the log, then set going, or kept for the person's
 * word. What cannot be done is said to the person and costs the prompt nothing. Never inside a worker or a session that
 * the Conductor started.
 */
export function startFromPrompt(
  ctx: HookContext,
  session: SessionWriter,
  prompt: string,
): Pick<Answer, 'context' | 'warning'> {
  const { settings, env, root } = ctx;
  if (settings.spawn === 'off' || env.env['FERMATA_WORKER'] !== undefined) return {};
  const { matches, unapproved, problems } = rulesForPrompt(env.home, root, settings.rules, prompt);
  const warnings = [
    ...problems.map((problem) => `A rule needs a look: ${problem}`),
    ...unapproved.map(
      (ruleText) =>
        `The rules in ${ruleText.source} are not approved, so no worker was started. Look at them and approve them in the Fermata panel, or run: ${homePaths(env.home).cli} allow --project ${root}`,
    ),
  ];
  session.publish(...warnings.map((message) => ({ t: 'log' as const, level: 'warn', message })));
  if (matches.length === 0) return toAnswer(warnings);
  try {
    return planAndStart(ctx, session, matches, warnings);
  } catch (error) {
    const message = `No worker was started: ${(error as Error).message}`;
    session.publish({ t: 'log', level: 'escalate', message });
    return toAnswer([...warnings, message]);
  }
}

function planAndStart(
  ctx: HookContext,
  session: SessionWriter,
  matches: Parameters<typeof makePlan>[0]['matches'],
  warnings: string[],
): ReturnType<typeof toAnswer> {
  const { settings, env, root, payload } = ctx;
  const { dir } = session;
  const ask = settings.spawn === 'ask';
  const event = makePlan({
    dir,
    session: ctx.state.session.id ?? payload.session_id,
    project: root,
    matches,
    permissionMode: payload.permission_mode,
    ask,
    now: env.now(),
    known: ctx.state.workers.keys(),
  });
  session.publish(event);
  if (ask) {
    const consentRequest = `${event.run} (${event.rule ?? ''}) waits for your word: start its workers in the Fermata panel, or run: ${ctx.cli} start ${event.run}`;
    return toAnswer([...warnings, consentRequest], consentText(event));
  }
  startWorkers({
    dir,
    home: env.home,
    state: ctx.state,
    maxParallel: settings['workers.maxParallel'],
    env: env.env,
  });
  return toAnswer(warnings, startedText(dir, ctx.cli, event));
}

const toAnswer = (warnings: string[], context?: string): Pick<Answer, 'context' | 'warning'> => ({
  ...(warnings.length === 0 ? {} : { warning: `Fermata: ${warnings.join('\n')}` }),
  ...(context === undefined ? {} : { context }),
});

type Planned = Pick<EventOf<'plan'>, 'run' | 'workers'>;

/** What Claude is told about the workers that its prompt started. */
function startedText(dir: string, cli: string, { run, workers }: Planned): string {
  const lines = workers.map(
    ({ worker, task }) =>
      `${worker}${task === undefined ? '' : `: ${task}`} (results in ${workerPaths(dir, worker).out})`,
  );
  return [
    `Fermata started ${lines.length === 1 ? 'a worker' : `${lines.length} workers`} beside you for this prompt (${run}); they report by themselves and may hold your calls until they are ready. To wait for them: ${cli} wait done:all`,
    ...lines,
  ].join('\n');
}

/** What Claude is told while the person has not decided. */
function consentText({ run, workers }: Planned): string {
  const lines = workers.map(({ worker, task }) => `${worker}${task === undefined ? '' : `: ${task}`}`);
  return [
    `Fermata has planned ${lines.length === 1 ? 'a worker' : `${lines.length} workers`} for this prompt (${run}) and asks the person whether to start them. You will be told what they decide; until then none of it is being done.`,
    ...lines,
  ].join('\n');
}
