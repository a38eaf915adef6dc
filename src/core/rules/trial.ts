import type { Guard } from '../../protocol/event.ts';
import { isApproved } from './approval.ts';
import { commandText } from './commandWords.ts';
import { plannedWorkers, workerCount, type PlanWorker } from '../workers/plannedWorkers.ts';
import { duration } from '../project/words.ts';
import { meet } from './promptRules.ts';
import { projectRules } from './rulesFile.ts';

/** What a prompt would do: which rules it meets and which workers would start. Nothing is started to find out. */
export interface Trial {
  matches: {
    rule: string;
    source: string;
    /** Without a person's approval the rule would start nothing. */
    approved: boolean;
    workers: TrialWorker[];
  }[];
  /** What is wrong with rules, or keeps them from being looked at. */
  problems: string[];
}

/** One worker as it would be planned; its id is only an example. */
export interface TrialWorker extends PlanWorker {
  /** What would be executed, in words. */
  command: string;
}

/** Tries a prompt on all of a project's rules, approved or not. `setting` is the setting `fermata.rules`. */
export function tryPrompt(home: string, project: string, setting: Record<string, string>, prompt: string): Trial {
  const trial: Trial = { matches: [], problems: [] };
  let count = 0;
  for (const text of projectRules(project, setting)) {
    const { matches, problems } = meet(project, text.rules, prompt);
    trial.problems.push(...text.problems.map((p) => `${p.rule}: ${p.message}`), ...problems);
    for (const match of matches) {
      const ids = Array.from({ length: workerCount(match) }, () => `W${++count}`);
      const context = { session: '<session>', project, out: (id: string) => `<out of ${id}>` };
      trial.matches.push({
        rule: match.rule.name,
        source: text.source,
        approved: isApproved(home, project, text.sha256),
        workers: plannedWorkers(match, ids, context).map((worker) => ({ ...worker, command: commandOf(worker) })),
      });
    }
  }
  return trial;
}

function commandOf({ run, shell, claude }: PlanWorker): string {
  if (claude !== undefined) {
    const tools =
      claude.allowedTools.length === 0 ? 'no tools without asking' : `tools: ${claude.allowedTools.join(', ')}`;
    return `Claude: ${JSON.stringify(claude.prompt)} (${tools})`;
  }
  return run === undefined ? `sh -c ${JSON.stringify(shell ?? '')}` : commandText(run);
}

/** A trial in words, for a terminal or an editor. */
export function trialText({ matches, problems }: Trial, prompt: string): string {
  const workers = matches.reduce((sum, m) => sum + m.workers.length, 0);
  const shown = prompt.length > 80 ? `${prompt.slice(0, 80)}…` : prompt;
  const head =
    matches.length === 0
      ? `${JSON.stringify(shown)} meets no rule. Nothing would start.`
      : `${JSON.stringify(shown)} meets ${plural(matches.length, 'rule')} and would start ${plural(workers, 'worker')}. Nothing was started.`;
  const rules = matches.flatMap(({ rule, source, approved, workers }) => [
    '',
    `${rule} (${source}${approved ? '' : '; not approved, so it would start nothing yet'})`,
    ...workers.flatMap(workerLines),
  ]);
  const wrong = problems.length === 0 ? [] : ['', ...problems.map((problem) => `! ${problem}`)];
  return [head, ...rules, ...wrong].join('\n');
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function workerLines(worker: TrialWorker): string[] {
  const { after, guard, resources = [], timeoutMs, retries, critical } = worker;
  const details = [
    resources.length === 0
      ? ''
      : `needs ${resources.map((r) => (r.mode === 'shared' ? `${r.name} (shared)` : r.name)).join(', ')}`,
    timeoutMs === undefined ? '' : `at most ${duration(timeoutMs)}`,
    retries === undefined ? '' : `up to ${plural(retries, 'further attempt')}`,
    critical ? 'its failing holds the end of the turn' : '',
  ].filter((text) => text !== '');
  return [
    `  ${worker.worker}${worker.task === undefined ? '' : `  ${worker.task}`}`,
    `      ${worker.command}`,
    ...(after.length === 0 ? [] : [`      after ${after.join(', ')}`]),
    ...guard.map((g) => `      holds back ${guardText(g)}`),
    ...(details.length === 0 ? [] : [`      ${details.join('; ')}`]),
  ];
}

function guardText({
  event = 'PreToolUse',
  tool = 'every call',
  path,
  command,
  until = 'done',
  reason,
}: Guard): string {
  const about = [path === undefined ? '' : ` of ${path}`, command === undefined ? '' : ` of \`${command}\``].join('');
  const ends = Array.isArray(until) ? until.join(' and ') : until;
  const at = event === 'PreToolUse' ? '' : ` at ${event}`;
  return `${tool}${about}${at} until ${ends}${reason === undefined ? '' : `: ${reason}`}`;
}
