import { ellipsize } from '#core/base/text.ts';
import { indentedText } from '#core/policy/modelText.ts';
import { listText } from '#core/policy/listText.ts';
import { makePlan } from '#core/plans/plan.ts';
import { rulesForPrompt } from '#core/plans/rules/promptRules.ts';
import { shellQuote } from '#core/base/shellQuote.ts';
import { workerPaths } from '#core/base/paths.ts';
import { startWorkers } from '#core/workers/startWorkers.ts';
import type { EventOf } from '#protocol/event.ts';
import type { HookContext } from './hookContext.ts';
import type { Answer } from './outcome.ts';
import type { SessionWriter } from './sessionWriter.ts';
import { ensureGitWatchFor } from './sweepWarning.ts';

type Texts = Pick<Answer, 'context' | 'warning'>;

/**
 * Plans the workers that the rules name for a prompt in one line of the log, and starts them or asks the person for
 * consent. What cannot be done becomes a warning for the person, and the prompt passes. Never inside a worker or a session
 * that the Conductor started.
 */
export function startFromPrompt(ctx: HookContext, session: SessionWriter, prompt: string): Texts {
  const { settings, env, root, cli } = ctx;
  if (settings.spawn === 'off') return {};
  const { matches, unapproved, problems } = rulesForPrompt(env.home, root, settings.rules, prompt);
  const warnings = [
    ...problems.map((problem) => `A rule needs a look: ${problem}`),
    ...unapproved.map(
      ({ source }) =>
        `The rules in ${source} are not approved, so no worker was started. Look at them and approve them in the Fermata panel, or run: ${cli} allow --project ${shellQuote(root, ctx.shell)}`,
    ),
  ];
  session.publish(...warnings.map((message) => ({ t: 'log' as const, level: 'warn', message })));
  if (matches.length === 0) return toTexts(warnings);
  try {
    return planAndStart(ctx, session, matches, warnings);
  } catch (error) {
    const message = `No worker was started: ${(error as Error).message}`;
    session.publish({ t: 'log', level: 'escalate', message });
    return toTexts([...warnings, message]);
  }
}

function planAndStart(
  ctx: HookContext,
  session: SessionWriter,
  matches: Parameters<typeof makePlan>[0]['matches'],
  warnings: string[],
): Texts {
  const { settings, env, root, payload, state, cli } = ctx;
  const { dir } = session;
  const ask = settings.spawn === 'ask';
  const plan = makePlan({
    home: env.home,
    dir,
    session: state.session.id ?? payload.session_id,
    project: root,
    matches,
    permissionMode: payload.permission_mode,
    ask,
    now: env.now(),
    known: state.workers.keys(),
  });
  session.publish(plan);
  ensureGitWatchFor(ctx);
  if (ask) {
    const consentRequest = `${plan.run} (${plan.rule ?? ''}) waits for your word: start its workers in the Fermata panel, or run: ${cli} start ${plan.run}`;
    return toTexts([...warnings, consentRequest], consentText(plan));
  }
  const maxParallel = settings['workers.maxParallel'];
  startWorkers({ log: session.log, home: env.home, maxParallel, env: env.env });
  return toTexts(warnings, startedText(plan, cli, dir));
}

const toTexts = (warnings: string[], context?: string): Texts => ({
  context,
  warning: warnings.length === 0 ? undefined : `Fermata: ${warnings.join('\n')}`,
});

type Plan = Pick<EventOf<'plan'>, 'run' | 'workers'>;

/** How much of an answer the workers take that a prompt starts, beside the notes that go along with it. */
const MAX_LIST_CHARS = 1400;
const MAX_TASK_CHARS = 200;

const withTask = ({ worker, task }: Plan['workers'][number]): string =>
  task === undefined ? worker : `${worker}: ${ellipsize(indentedText(task), MAX_TASK_CHARS)}`;

const countText = ({ workers }: Plan): string => (workers.length === 1 ? 'a worker' : `${workers.length} workers`);

/** Context for Claude about the workers that its prompt started. */
const startedText = (plan: Plan, cli: string, dir: string): string =>
  [
    `Fermata started ${countText(plan)} beside you for this prompt (${plan.run}); they report by themselves and may hold your calls until they are ready. To wait for them: ${cli} wait done:all`,
    listText(
      plan.workers.map((planned) => `${withTask(planned)} (results in ${workerPaths(dir, planned.worker).out})`),
      MAX_LIST_CHARS,
    ),
  ].join('\n');

/** Context for Claude while the person has not decided. */
const consentText = (plan: Plan): string =>
  [
    `Fermata has planned ${countText(plan)} for this prompt (${plan.run}) and asks the person whether to start them. You will be told what they decide; until then none of it is being done.`,
    listText(plan.workers.map(withTask), MAX_LIST_CHARS),
  ].join('\n');
