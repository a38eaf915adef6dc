import { makePlan } from '../src/core/workers/plan.ts';
import { rulesForPrompt } from '../src/core/rules/promptRules.ts';
import { homePaths, workerPaths } from '../src/core/paths.ts';
import { startWorkers } from '../src/core/workers/startWorkers.ts';
import type { EventOf } from '../src/protocol/event.ts';
import type { Answer } from './reply.ts';
import type { Visit } from './visit.ts';

/**
 * Workers that a prompt starts by the rules: planned in one line of the log, then set going, or kept for the person's
 * word. What cannot be done is said to the person and costs the prompt nothing. Never inside a worker or a session that
 * the Conductor started.
 */
export function startFromPrompt(visit: Visit, prompt: string): Pick<Answer, 'context' | 'warning'> {
  const { settings, around, root } = visit;
  if (settings.spawn === 'off' || around.env['FERMATA_WORKER'] !== undefined) return {};
  const { matches, unapproved, problems } = rulesForPrompt(around.home, root, settings.rules, prompt);
  const news = [
    ...problems.map((problem) => `A rule needs a look: ${problem}`),
    ...unapproved.map(
      (text) =>
        `The rules in ${text.source} are not approved, so no worker was started. Look at them and approve them in the Fermata panel, or run: ${homePaths(around.home).cli} allow --project ${root}`,
    ),
  ];
  for (const message of news) visit.say({ t: 'log', level: 'warn', message });
  if (matches.length === 0) return answer(news);
  try {
    return plan(visit, matches, news);
  } catch (error) {
    const message = `No worker was started: ${(error as Error).message}`;
    visit.say({ t: 'log', level: 'escalate', message });
    return answer([...news, message]);
  }
}

function plan(
  visit: Visit,
  matches: Parameters<typeof makePlan>[0]['matches'],
  news: string[],
): ReturnType<typeof answer> {
  const { settings, around, root, dir, payload } = visit;
  const ask = settings.spawn === 'ask';
  const event = makePlan({
    dir,
    session: visit.state.session.id ?? payload.session_id,
    project: root,
    matches,
    permissionMode: payload.permission_mode,
    ask,
    now: around.now(),
    known: visit.state.workers.keys(),
  });
  visit.say(event);
  if (ask) {
    const waits = `${event.run} (${event.rule ?? ''}) waits for your word: start its workers in the Fermata panel, or run: ${visit.cli} start ${event.run}`;
    return answer([...news, waits], asking(event));
  }
  visit.log.refresh();
  startWorkers({
    dir,
    home: around.home,
    state: visit.state,
    maxParallel: settings['workers.maxParallel'],
    env: around.env,
  });
  return answer(news, announcement(visit, event));
}

const answer = (news: string[], context?: string): Pick<Answer, 'context' | 'warning'> => ({
  ...(news.length === 0 ? {} : { warning: `Fermata: ${news.join('\n')}` }),
  ...(context === undefined ? {} : { context }),
});

type Planned = Pick<EventOf<'plan'>, 'run' | 'workers'>;

/** What Claude is told about the workers that its prompt started. */
function announcement(visit: Visit, { run, workers }: Planned): string {
  const lines = workers.map(
    ({ worker, task }) =>
      `${worker}${task === undefined ? '' : `: ${task}`} (results in ${workerPaths(visit.dir, worker).out})`,
  );
  return [
    `Fermata started ${lines.length === 1 ? 'a worker' : `${lines.length} workers`} beside you for this prompt (${run}); they report by themselves and may hold your calls until they are ready. To wait for them: ${visit.cli} wait done:all`,
    ...lines,
  ].join('\n');
}

/** What Claude is told while the person has not decided. */
function asking({ run, workers }: Planned): string {
  const lines = workers.map(({ worker, task }) => `${worker}${task === undefined ? '' : `: ${task}`}`);
  return [
    `Fermata has planned ${lines.length === 1 ? 'a worker' : `${lines.length} workers`} for this prompt (${run}) and asks the person whether to start them. You will be told what they decide; until then none of it is being done.`,
    ...lines,
  ].join('\n');
}
