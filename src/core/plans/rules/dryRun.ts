import type { Guard } from '#protocol/parts.ts';
import { ellipsize } from '#core/base/text.ts';
import { plannedWorkers, workerCount, type PlanWorker } from '#core/plans/plannedWorkers.ts';
import { formatCommand } from '#core/base/formatCommand.ts';
import { isApproved } from './approval.ts';
import { filesMatching } from './projectFiles.ts';
import { formatDuration } from '#protocol/duration.ts';
import { matchRules } from './promptRules.ts';
import { problemLines } from './rules.ts';
import { projectRules } from './rulesFile.ts';

/** The effect of a prompt: the rules that it matches and the workers that would start. Nothing is started. */
export interface DryRun {
  matches: {
    rule: string;
    source: string;
    /** Whether a person has approved the rule; without that it starts nothing. */
    approved: boolean;
    workers: DryRunWorker[];
  }[];
  /** Rules that are invalid, or that could not be compared with the prompt. */
  problems: string[];
}

/** One worker as it would be planned; its id is only an example. */
export interface DryRunWorker extends PlanWorker {
  /** The command as a person reads it. */
  command: string;
}

/** Tries a prompt on all of a project's rules, approved or not. `setting` is the setting `fermata.rules`. */
export function dryRun(home: string, project: string, setting: Record<string, string>, prompt: string): DryRun {
  const result: DryRun = { matches: [], problems: [] };
  let count = 0;
  for (const text of projectRules(project, setting)) {
    const { matches, problems } = matchRules(text.rules, prompt, (glob) => filesMatching(project, glob));
    result.problems.push(...problemLines(text), ...problems);
    for (const match of matches) {
      const ids = Array.from({ length: workerCount(match) }, () => `W${++count}`);
      const context = { session: '<session>', project, out: (id: string) => `<out of ${id}>` };
      result.matches.push({
        rule: match.rule.name,
        source: text.source,
        approved: isApproved(home, project, text.sha256),
        workers: plannedWorkers(match, ids, context).map((worker) => ({ ...worker, command: commandOf(worker) })),
      });
    }
  }
  return result;
}

function commandOf({ run, shell, claude }: PlanWorker): string {
  if (claude !== undefined) {
    const tools =
      claude.allowedTools.length === 0 ? 'no tools without asking' : `tools: ${claude.allowedTools.join(', ')}`;
    return `Claude: ${JSON.stringify(claude.prompt)} (${tools})`;
  }
  return run === undefined ? `sh -c ${JSON.stringify(shell ?? '')}` : formatCommand(run);
}

/** A dry run as text for a terminal or an editor. */
export function formatDryRun({ matches, problems }: DryRun, prompt: string): string {
  const workers = matches.reduce((sum, m) => sum + m.workers.length, 0);
  const shortPrompt = ellipsize(prompt, 80);
  const head =
    matches.length === 0
      ? `${JSON.stringify(shortPrompt)} meets no rule. Nothing would start.`
      : `${JSON.stringify(shortPrompt)} meets ${plural(matches.length, 'rule')} and would start ${plural(workers, 'worker')}. Nothing was started.`;
  const rules = matches.flatMap(({ rule, source, approved, workers }) => [
    '',
    `${rule} (${source}${approved ? '' : '; not approved, so it would start nothing yet'})`,
    ...workers.flatMap(workerLines),
  ]);
  const problemList = problems.length === 0 ? [] : ['', ...problems.map((problem) => `! ${problem}`)];
  return [head, ...rules, ...problemList].join('\n');
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function workerLines(worker: DryRunWorker): string[] {
  const { after, guard, resources = [], timeoutMs, retries, critical } = worker;
  const details = [
    resources.length === 0
      ? ''
      : `needs ${resources.map((r) => (r.mode === 'shared' ? `${r.name} (shared)` : r.name)).join(', ')}`,
    timeoutMs === undefined ? '' : `at most ${formatDuration(timeoutMs)}`,
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

function guardText({ event = 'PreToolUse', tool = 'every call', path, command, agent, until, reason }: Guard): string {
  const scope = [
    path === undefined ? '' : ` of ${path}`,
    command === undefined ? '' : ` of \`${command}\``,
    agent === undefined ? '' : ` by ${agent}`,
  ].join('');
  const condition = Array.isArray(until) ? until.join(' and ') : (until ?? 'done');
  const eventText = event === 'PreToolUse' ? '' : ` at ${event}`;
  return `${tool}${scope}${eventText} until ${condition}${reason === undefined ? '' : `: ${reason}`}`;
}
