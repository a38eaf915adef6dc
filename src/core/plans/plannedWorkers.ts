import type { Guard, PlannedBallot } from '#protocol/parts.ts';
import type { Plan } from '#protocol/fileFormats.ts';
import { PERMISSION_MODES, type PermissionMode } from '#protocol/ids.ts';
import type { WorkerTemplate } from '#protocol/rules.ts';
import { expand, expandArgument, expandGlob, valueVariables, type Values } from './rules/placeholders.ts';
import type { RuleMatch } from './rules/promptRules.ts';
import { templatesNamed } from './rules/semanticErrors.ts';
import { publishedPath, publishedResource, type PathContext } from '#core/session/publishedPath.ts';
import { parseDuration } from '#protocol/duration.ts';

/** One worker of plan.json, with all that its runner needs. */
export type PlanWorker = Plan['workers'][number];
/** The task of a Claude worker, and its limits. */
export type ClaudeTask = NonNullable<PlanWorker['claude']>;

/** The values of placeholders besides those of the prompt. */
export interface PlanContext {
  session: string;
  project: string;
  /** The permission mode of the Claude that got the prompt: no Claude worker gets a wider one. */
  permissionMode?: string | undefined;
  /** Returns the folder for a worker's results. */
  out: (worker: string) => string;
}

interface ExpandedTemplate {
  template: number;
  item?: string;
  index: number;
}

/** For each item the rule's workers in their order, then those that are made once. */
function expandTemplates({ rule, items }: RuleMatch): ExpandedTemplate[] {
  const all = rule.workers.map((w, template) => ({ template, once: w.once === true || rule.forEach === undefined }));
  const perItem = items.flatMap((item, i) =>
    all.filter((t) => !t.once).map(({ template }) => ({ template, item, index: i + 1 })),
  );
  return [...perItem, ...all.filter((t) => t.once).map(({ template }) => ({ template, index: 1 }))];
}

/** How many workers a match makes, hence how many ids it needs. */
export const workerCount = (match: RuleMatch): number => expandTemplates(match).length;

/**
 * The workers of a match, with one of `ids` each (there must be `workerCount` of them). All placeholders are expanded
 * but `{workers}` in a guard's reason, which changes with time.
 */
export function plannedWorkers(match: RuleMatch, ids: readonly string[], context: PlanContext): PlanWorker[] {
  const { session, project } = context;
  // the paths of a rule start in its project
  const paths = { from: project, project };
  const assigned = expandTemplates(match).map((expanded, i) => ({ ...expanded, id: ids[i] ?? '' }));
  const idsOfTemplate = (template: number): string[] =>
    assigned.filter((s) => s.template === template).map((s) => s.id);
  return assigned.flatMap(({ template: templateIndex, item, index, id }) => {
    const template = match.rule.workers[templateIndex];
    if (template === undefined) return [];
    const promptValues: Values = { ...match.groups, index: String(index), ...(item === undefined ? {} : { item }) };
    const values: Values = { ...promptValues, worker: id, session, project, out: context.out(id) };
    const after = (template.after ?? []).flatMap((name) => {
      const awaited = templatesNamed(match.rule, name).flatMap(idsOfTemplate);
      return awaited.length > 0 ? awaited.map((w) => `ok:${w}`) : [expand(name, values)];
    });
    const envEntries = Object.entries(template.env ?? {}).map(([name, value]) => [name, expand(value, values)]);
    return [
      {
        worker: id,
        name: template.name,
        task: template.task && expand(template.task, values),
        ...command(template, values, context),
        cwd: project,
        env: { ...valueVariables(promptValues), ...(Object.fromEntries(envEntries) as Record<string, string>) },
        after: [...new Set(after)],
        guard: (template.guard ?? []).map((g) => expandGuard(g, values, paths)),
        critical: template.critical ?? false,
        machine: template.machine,
        ...limits(template, values, paths),
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
        model: template.model,
        maxTurns: template.maxTurns,
      },
    };
  if (run !== undefined && 'shell' in run) return { shell: run.shell };
  return { run: (run ?? []).map((arg) => expandArgument(arg, values)) };
}

/** The stricter of a rule's mode and that of the prompt's own Claude, of which an unknown one counts as `default`. */
function stricterMode(requested: PermissionMode, ceiling = 'default'): PermissionMode {
  const ceilingMode = PERMISSION_MODES.find((mode) => mode === ceiling) ?? 'default';
  return PERMISSION_MODES.indexOf(requested) <= PERMISSION_MODES.indexOf(ceilingMode) ? requested : ceilingMode;
}

/** A worker's resources, its time limit, and the number of its retries. */
function limits(
  template: WorkerTemplate,
  values: Values,
  paths: PathContext,
): Pick<PlanWorker, 'resources' | 'timeoutMs' | 'retries'> {
  const resources = (template.resources ?? []).map((r) => {
    const { name, mode = 'exclusive' as const } = typeof r === 'string' ? { name: r } : r;
    return { name: publishedResource(expand(name, values), paths), mode };
  });
  return {
    resources: resources.length === 0 ? undefined : resources,
    timeoutMs: parseDuration(template.timeout ?? ''),
    retries: template.retries,
  };
}

/** The ballot that a match opens among its workers. */
export function expandBallot({ rule, groups }: RuleMatch, voters: string[]): PlannedBallot | undefined {
  if (rule.ballot === undefined) return undefined;
  const { name, question, deadline, ...rest } = rule.ballot;
  return {
    ...rest,
    ballot: expand(name, groups),
    voters,
    question: question && expand(question, groups),
    deadlineMs: parseDuration(deadline ?? ''),
  };
}

function expandGuard(guard: Guard, values: Values, paths: PathContext): Guard {
  const { tool, path, command, agent, until, reason } = guard;
  return {
    ...guard,
    tool: tool && expandGlob(tool, values),
    path: path && publishedPath(expandGlob(path, values), paths),
    command: command && expandGlob(command, values),
    agent: agent && expandGlob(agent, values),
    until: typeof until === 'string' ? expand(until, values) : until?.map((u) => expand(u, values)),
    reason: reason && expand(reason, values),
  };
}
