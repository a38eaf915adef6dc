import { makePlan } from '../src/core/plan.ts';
import { rulesForPrompt } from '../src/core/promptRules.ts';
import { homePaths, workerPaths } from '../src/core/paths.ts';
import { startWorkers } from '../src/core/startWorkers.ts';
import type { EventOf } from '../src/protocol/event.ts';
import type { Answer } from './reply.ts';
import type { Visit } from './visit.ts';

/**
 * Workers that a prompt starts by the rules: planned in one line of the log, then set going. What cannot be done is
 * said to the person and costs the prompt nothing. Never inside a worker or a session that the Conductor started.
 */
export function startFromPrompt(visit: Visit, prompt: string): Pick<Answer, 'context' | 'warning'> {
  const { settings, around, root, dir } = visit;
  if (settings.spawn === 'off' || around.env['FERMATA_WORKER'] !== undefined) return {};
  const { matches, unapproved, problems } = rulesForPrompt(around.home, root, settings.rules, prompt);
  const news = [
    ...problems.map((problem) => `A rule cannot work: ${problem}`),
    ...unapproved.map(
      (text) =>
        `The rules in ${text.source} are not approved, so no worker was started. Look at them and approve them in the Fermata panel, or run: ${homePaths(around.home).cli} allow --project ${root}`,
    ),
    ...(settings.spawn === 'ask' && matches.length > 0
      ? [
          `The rule ${matches[0]?.rule.name} matches this prompt, and the setting fermata.spawn is "ask": nothing was started.`,
        ]
      : []),
  ];
  for (const message of news) visit.say({ t: 'log', level: 'warn', message });
  const warning = news.length === 0 ? {} : { warning: `Fermata: ${news.join('\n')}` };
  if (matches.length === 0 || settings.spawn === 'ask') return warning;
  try {
    const session = visit.state.session.id ?? visit.payload.session_id;
    const plan = makePlan({
      dir,
      session,
      project: root,
      matches,
      now: around.now(),
      known: visit.state.workers.keys(),
    });
    visit.say(plan);
    visit.log.refresh();
    startWorkers({
      dir,
      home: around.home,
      state: visit.state,
      maxParallel: settings['workers.maxParallel'],
      env: around.env,
    });
    return { ...warning, context: announcement(visit, plan) };
  } catch (error) {
    const message = `No worker was started: ${(error as Error).message}`;
    visit.say({ t: 'log', level: 'escalate', message });
    return { warning: `Fermata: ${message}` };
  }
}

/** What Claude is told about the workers that its prompt started. */
function announcement(visit: Visit, plan: Pick<EventOf<'plan'>, 'run' | 'workers'>): string {
  const lines = plan.workers.map(
    ({ worker, task }) =>
      `${worker}${task === undefined ? '' : `: ${task}`} (results in ${workerPaths(visit.dir, worker).out})`,
  );
  return [
    `Fermata started ${lines.length === 1 ? 'a worker' : `${lines.length} workers`} beside you for this prompt (${plan.run}); they report by themselves and may hold your calls until they are ready. To wait for them: ${visit.cli} wait done:all`,
    ...lines,
  ].join('\n');
}
