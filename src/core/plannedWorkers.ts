import type { Guard } from '../protocol/event.ts';
import type { WorkerTemplate } from '../protocol/rules.ts';
import { expand, expandArgument, expandGlob, valueVariables, type Values } from './placeholders.ts';
import { templatesNamed, type RuleMatch } from './rules.ts';

/** One worker of plan.json: everything that its runner needs. */
export interface PlanWorker {
  worker: string;
  name?: string;
  task?: string;
  run?: string[];
  shell?: string;
  cwd: string;
  env: Record<string, string>;
  after: string[];
  guard: Guard[];
  critical: boolean;
}

/** What placeholders stand for besides the prompt's own values. */
export interface PlanContext {
  session: string;
  project: string;
  /** The folder for a worker's results. */
  out: (worker: string) => string;
}

interface Seat {
  template: number;
  item?: string;
  index: number;
}

/** Item by item, in each the rule's workers in their order; those that are made once come last. */
function seats(match: RuleMatch): Seat[] {
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
export const workerCount = (match: RuleMatch): number => seats(match).length;

/**
 * The workers of a match, one for each id given (as many as `workerCount` says), all placeholders filled in but the
 * live `{workers}` of a guard's reason.
 */
export function plannedWorkers(match: RuleMatch, ids: readonly string[], context: PlanContext): PlanWorker[] {
  const taken = seats(match).map((seat, i) => ({ ...seat, id: ids[i] ?? '' }));
  const madeFrom = (template: number): string[] => taken.filter((s) => s.template === template).map((s) => s.id);
  return taken.flatMap(({ template: at, item, index, id }) => {
    const template = match.rule.workers[at];
    if (template === undefined) return [];
    const prompt: Values = { ...match.groups, index: String(index), ...(item === undefined ? {} : { item }) };
    const values: Values = {
      ...prompt,
      worker: id,
      session: context.session,
      project: context.project,
      out: context.out(id),
    };
    const after = (template.after ?? []).flatMap((name) => {
      const those = templatesNamed(match.rule, name);
      return those.length > 0 ? those.flatMap(madeFrom).map((w) => `ok:${w}`) : [expand(name, values)];
    });
    const own = Object.entries(template.env ?? {}).map(([name, value]) => [name, expand(value, values)]);
    return [
      {
        worker: id,
        ...(template.name === undefined ? {} : { name: template.name }),
        ...(template.task === undefined ? {} : { task: expand(template.task, values) }),
        ...command(template, values),
        cwd: context.project,
        env: { ...valueVariables(prompt), ...(Object.fromEntries(own) as Record<string, string>) },
        after: [...new Set(after)],
        guard: (template.guard ?? []).map((g) => filledGuard(g, values)),
        critical: template.critical ?? false,
      },
    ];
  });
}

function command(template: WorkerTemplate, values: Values): Pick<PlanWorker, 'run' | 'shell'> {
  if ('shell' in template.run) return { shell: template.run.shell };
  return { run: template.run.map((word) => expandArgument(word, values)) };
}

function filledGuard(guard: Guard, values: Values): Guard {
  const { tool, path, command, until, reason } = guard;
  const filledUntil = typeof until === 'string' ? expand(until, values) : until?.map((u) => expand(u, values));
  return {
    ...guard,
    ...(tool === undefined ? {} : { tool: expandGlob(tool, values) }),
    ...(path === undefined ? {} : { path: expandGlob(path, values) }),
    ...(command === undefined ? {} : { command: expandGlob(command, values) }),
    ...(filledUntil === undefined ? {} : { until: filledUntil }),
    ...(reason === undefined ? {} : { reason: expand(reason, values) }),
  };
}
