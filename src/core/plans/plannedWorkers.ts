import type { Guard, PlannedBallot } from '#protocol/parts.ts';
import { PERMISSION_MODES, type PermissionMode } from '#protocol/ids.ts';
import type { WorkerTemplate } from '#protocol/rules.ts';
import { parseDuration } from '#core/base/duration.ts';
import { expand, expandArgument, expandGlob, valueVariables, type Values } from '#core/plans/rules/placeholders.ts';
import { templatesNamed } from '#core/plans/rules/semanticErrors.ts';
import type { RuleMatch } from '#core/plans/rules/rules.ts';

/** What a Claude worker is asked, and how far it may go. */
export interface ClaudeTask {
  prompt: string;
  allowedTools: string[];
  permissionMode: string;
  model?: string;
  maxTurns?: number;
}

/** One worker of plan.json: everything that its runner needs. */
export interface PlanWorker {
  worker: string;
  name?: string;
  task?: string;
  run?: string[];
  shell?: string;
  claude?: ClaudeTask;
  cwd: string;
  env: Record<string, string>;
  after: string[];
  guard: Guard[];
  critical: boolean;
  resources?: { name: string; mode: 'exclusive' | 'shared' }[];
  timeoutMs?: number;
  retries?: number;
  /** Who started it, where that was no prompt. */
  parent?: string;
}

/** What placeholders stand for besides the prompt's own values. */
export interface PlanContext {
  session: string;
  project: string;
  /** The permission mode of the Claude that the prompt was given to: no Claude worker gets a wider one. */
  permissionMode?: string | undefined;
  /** The folder for a worker's results. */
  out: (worker: string) => string;
}

interface ExpandedTemplate {
  template: number;
  item?: string;
  index: number;
}

/** Item by item, in each the rule's workers in their order; those that are made once come last. */
function expandTemplates(match: RuleMatch): ExpandedTemplate[] {
  const all = match.rule.workers.map((w, template) => ({
    template,
    once: w.once === true || match.rule.forEach === undefined,
  }));
  const perItem = match.items.flatMap((item, i) =>
    all.filter((t) => !t.once).map(({ template }) => ({ template, item, index: i + 1 })),
  );
  return [...perItem, ...all.filter((t) => t.once).map(({ template }) => ({ template, index: 1 }))];
}

/** How many workers a match makes: so many ids must be allocated. */
export const workerCount = (match: RuleMatch): number => expandTemplates(match).length;

/**
 * The workers of a match, one for each id given (as many as `workerCount` says), all placeholders filled in but the
 * live `{workers}` of a guard's reason.
 */
export function plannedWorkers(match: RuleMatch, ids: readonly string[], context: PlanContext): PlanWorker[] {
  const assigned = expandTemplates(match).map((expanded, i) => ({ ...expanded, id: ids[i] ?? '' }));
  const idsOfTemplate = (template: number): string[] =>
    assigned.filter((s) => s.template === template).map((s) => s.id);
  return assigned.flatMap(({ template: templateIndex, item, index, id }) => {
    const template = match.rule.workers[templateIndex];
    if (template === undefined) return [];
    const promptValues: Values = { ...match.groups, index: String(index), ...(item === undefined ? {} : { item }) };
    const values: Values = {
      ...promptValues,
      worker: id,
      session: context.session,
      project: context.project,
      out: context.out(id),
    };
    const after = (template.after ?? []).flatMap((name) => {
      const dependencies = templatesNamed(match.rule, name);
      return dependencies.length > 0
        ? dependencies.flatMap(idsOfTemplate).map((w) => `ok:${w}`)
        : [expand(name, values)];
    });
    const envEntries = Object.entries(template.env ?? {}).map(([name, value]) => [name, expand(value, values)]);
    return [
      {
        worker: id,
        ...(template.name === undefined ? {} : { name: template.name }),
        ...(template.task === undefined ? {} : { task: expand(template.task, values) }),
        ...command(template, values, context),
        cwd: context.project,
        env: { ...valueVariables(promptValues), ...(Object.fromEntries(envEntries) as Record<string, string>) },
        after: [...new Set(after)],
        guard: (template.guard ?? []).map((g) => expandGuard(g, values)),
        critical: template.critical ?? false,
        ...limits(template, values),
      },
    ];
  });
}

function command(
  { kind, run, ...template }: WorkerTemplate,
  values: Values,
  { permissionMode }: PlanContext,
): Pick<PlanWorker, 'run' | 'shell' | 'claude'> {
  if (kind === 'claude')
    return {
      claude: {
        prompt: expand(template.prompt ?? '', values),
        allowedTools: template.allowedTools ?? [],
        permissionMode: stricterMode(template.permissionMode ?? 'default', permissionMode),
        ...(template.model === undefined ? {} : { model: template.model }),
        ...(template.maxTurns === undefined ? {} : { maxTurns: template.maxTurns }),
      },
    };
  if (run !== undefined && 'shell' in run) return { shell: run.shell };
  return { run: (run ?? []).map((arg) => expandArgument(arg, values)) };
}

/** The narrower of what a rule wants and what the prompt's own Claude has; one that is not known counts as `default`. */
function stricterMode(requested: PermissionMode, ceiling = 'default'): PermissionMode {
  const ceilingMode = PERMISSION_MODES.find((mode) => mode === ceiling) ?? 'default';
  return PERMISSION_MODES.indexOf(requested) <= PERMISSION_MODES.indexOf(ceilingMode) ? requested : ceilingMode;
}

/** What a worker needs and how long and how often it may try. */
function limits(template: WorkerTemplate, values: Values): Pick<PlanWorker, 'resources' | 'timeoutMs' | 'retries'> {
  const resources = (template.resources ?? []).map((r) => {
    const { name, mode = 'exclusive' as const } = typeof r === 'string' ? { name: r } : r;
    return { name: expand(name, values), mode };
  });
  const timeoutMs = parseDuration(template.timeout ?? '');
  return {
    ...(resources.length === 0 ? {} : { resources }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(template.retries === undefined ? {} : { retries: template.retries }),
  };
}

/** The ballot that a match opens among its workers. */
export function plannedBallot({ rule, groups }: RuleMatch, voters: string[]): PlannedBallot | undefined {
  if (rule.ballot === undefined) return undefined;
  const { name, question, deadline, ...rest } = rule.ballot;
  const deadlineMs = parseDuration(deadline ?? '');
  return {
    ...rest,
    ballot: expand(name, groups),
    voters,
    ...(question === undefined ? {} : { question: expand(question, groups) }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
}

function expandGuard(guard: Guard, values: Values): Guard {
  const { tool, path, command, until, reason } = guard;
  const expandedUntil = typeof until === 'string' ? expand(until, values) : until?.map((u) => expand(u, values));
  return {
    ...guard,
    ...(tool === undefined ? {} : { tool: expandGlob(tool, values) }),
    ...(path === undefined ? {} : { path: expandGlob(path, values) }),
    ...(command === undefined ? {} : { command: expandGlob(command, values) }),
    ...(expandedUntil === undefined ? {} : { until: expandedUntil }),
    ...(reason === undefined ? {} : { reason: expand(reason, values) }),
  };
}
