import type { Rule, WorkerTemplate } from '#protocol/rules.ts';
import { shellArgv } from '#core/base/shellProgram.ts';
import { isCondition } from '#core/fold/conditions.ts';
import { nameOfNoTool } from '#core/policy/match/match.ts';
import { readPattern } from './patternSyntax.ts';
import { BUILT_IN, placeholdersIn, variableOf } from './placeholders.ts';
import { fileGlobProblem } from './projectFiles.ts';
import { provableProblem } from './provableProblem.ts';

/** Fermata's own variables in a worker's environment; a group of the same name would hide them. */
const RESERVED = ['FERMATA_HOME', 'FERMATA_SESSION_DIR', 'FERMATA_WORKER', 'FERMATA_OUT', 'FERMATA_PROJECT'];
/** Fields that only a Claude worker has. */
const CLAUDE_ONLY = ['prompt', 'allowedTools', 'permissionMode', 'model', 'maxTurns'] as const;

/** Templates of workers in one rule; a circle among them is looked for. */
const MAX_WORKERS = 200;

/** A problem of a rule of the right shape. */
interface Problem {
  path: (string | number)[];
  message: string;
}

/** Why a rule of the right shape cannot work; undefined if it can. */
export function semanticError(rule: Rule): Problem | undefined {
  const { groups, problem: patternProblem } = readPattern(rule.prompt);
  if (groups === undefined) return { path: ['prompt'], message: patternProblem };
  const hidden = groups.find((g) => RESERVED.includes(variableOf(g)));
  if (hidden !== undefined)
    return {
      path: ['prompt'],
      message: `the group (?<${hidden}>…) would hide ${variableOf(hidden)}; give it another name`,
    };
  const source = sourceProblem(rule, groups);
  if (source !== undefined) return { path: ['forEach'], message: source };
  if (rule.workers.length > MAX_WORKERS)
    return { path: ['workers'], message: `it has ${rule.workers.length} workers; at most ${MAX_WORKERS} are allowed` };
  for (const [i, worker] of rule.workers.entries()) {
    const problem = workerProblem(rule, worker, groups);
    if (problem !== undefined) return { path: ['workers', i], message: `workers[${i}]: ${problem}` };
  }
  return hasCycle(rule) ? { path: ['workers'], message: 'its workers wait for each other in a circle' } : undefined;
}

function sourceProblem({ forEach }: Rule, groups: string[]): string | undefined {
  if (forEach === undefined) return undefined;
  if (typeof forEach === 'string')
    return groups.includes(forEach)
      ? undefined
      : `forEach names "${forEach}", but the pattern has no group (?<${forEach}>…)`;
  const unknown = placeholdersIn(forEach.files).find((name) => !groups.includes(name));
  if (unknown !== undefined) return `forEach.files uses {${unknown}}, but the pattern has no group (?<${unknown}>…)`;
  const problem = fileGlobProblem(forEach.files.replaceAll(/\{\w+\}/g, 'x'));
  return problem === undefined ? undefined : `forEach.files ${problem}`;
}

function workerProblem(rule: Rule, worker: WorkerTemplate, groups: string[]): string | undefined {
  return (
    kindProblem(worker) ??
    shellProblem(worker, groups) ??
    itemProblem(rule, worker, groups) ??
    afterProblem(rule, worker) ??
    proofProblem(worker) ??
    toolProblem(worker) ??
    envProblem(worker)
  );
}

function kindProblem(worker: WorkerTemplate): string | undefined {
  if (worker.kind === 'claude') {
    if (worker.run !== undefined) return 'a worker of kind "claude" has a prompt, not a "run"; leave "run" out';
    return worker.prompt === undefined ? 'a worker of kind "claude" needs a "prompt"' : undefined;
  }
  const only = CLAUDE_ONLY.find((field) => worker[field] !== undefined);
  if (only !== undefined) return `"${only}" is for Claude workers; add "kind": "claude"`;
  return worker.run === undefined
    ? 'it runs nothing: add "run": ["program", "argument"], or "kind": "claude" with a "prompt"'
    : undefined;
}

function shellProblem({ run }: WorkerTemplate, groups: string[]): string | undefined {
  if (run === undefined || !('shell' in run)) return undefined;
  if (shellArgv(run.shell) === undefined)
    return '"shell" needs Git Bash on Windows, and there is none: install Git for Windows, set CLAUDE_CODE_GIT_BASH_PATH to its bash.exe, or write "run": ["program", "argument"]';
  const known = new Set<string>([...BUILT_IN, ...groups]);
  const placeholder = placeholdersIn(run.shell).find((name) => known.has(name));
  return placeholder === undefined
    ? undefined
    : `{${placeholder}} stands inside a shell text, where a value could become a command; use "$${variableOf(placeholder)}"`;
}

function itemProblem(rule: Rule, worker: WorkerTemplate, groups: string[]): string | undefined {
  if ((rule.forEach !== undefined && worker.once !== true) || groups.includes('item')) return undefined;
  const texts = [
    ...(Array.isArray(worker.run) ? worker.run : []),
    ...(worker.guard ?? []).flatMap((g) => [g.path ?? '', g.command ?? '', g.agent ?? '']),
    ...(worker.resources ?? []).map((r) => (typeof r === 'string' ? r : r.name)),
    ...Object.values(worker.env ?? {}),
    worker.prompt ?? '',
  ];
  return texts.some((t) => placeholdersIn(t).includes('item'))
    ? '{item} is used, but this worker is not made for each item (forEach)'
    : undefined;
}

function afterProblem(rule: Rule, worker: WorkerTemplate): string | undefined {
  for (const name of worker.after ?? []) {
    if (name === 'done' || name === 'ok') return `after "${name}" would make the worker wait for itself`;
    if (!isCondition(name) && templatesNamed(rule, name).length === 0)
      return `after "${name}" is neither a condition nor the name of one of the rule's workers`;
  }
  return undefined;
}

function proofProblem({ guard = [], after = [] }: WorkerTemplate): string | undefined {
  const conditions = [...guard.flatMap(({ until = [] }) => until), ...after];
  return conditions.map(provableProblem).find((problem) => problem !== undefined);
}

function toolProblem({ guard = [] }: WorkerTemplate): string | undefined {
  // a group of the pattern may stand in a name
  const tools = guard.map(({ tool = '' }) => tool.replaceAll(/\{\w+\}/g, 'x'));
  const noTool = tools.map(nameOfNoTool).find((name) => name !== undefined);
  return noTool === undefined
    ? undefined
    : `guard: "${noTool}" cannot be the name of a tool; write {"tool": "Bash", "command": "git merge*"}`;
}

function envProblem({ env }: WorkerTemplate): string | undefined {
  const reserved = Object.keys(env ?? {}).find((name) => RESERVED.includes(name));
  if (reserved !== undefined) return `env.${reserved} is set by Fermata itself; give it another name`;
  const invalid = Object.keys(env ?? {}).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  return invalid === undefined ? undefined : `env: ${JSON.stringify(invalid)} cannot be the name of a variable`;
}

/** The indexes of the templates that a name in `after` refers to: those of that name, else those of that task. */
export function templatesNamed(rule: Rule, name: string): number[] {
  const named = rule.workers.flatMap((w, i) => (w.name === name ? [i] : []));
  return named.length > 0 ? named : rule.workers.flatMap((w, i) => (w.task === name ? [i] : []));
}

function hasCycle(rule: Rule): boolean {
  const state = new Map<number, 'open' | 'closed'>();
  const closesCycle = (i: number): boolean => {
    if (state.get(i) === 'open') return true;
    if (state.get(i) === 'closed') return false;
    state.set(i, 'open');
    const after = (rule.workers[i]?.after ?? []).filter((name) => !isCondition(name));
    const isCyclic = after.flatMap((name) => templatesNamed(rule, name)).some(closesCycle);
    state.set(i, 'closed');
    return isCyclic;
  };
  return rule.workers.some((_, i) => closesCycle(i));
}
