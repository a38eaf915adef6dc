import { random } from '#test/lib/stress/random.ts';

/** What happens at a system call of a process. */
export type Act =
  | { do: 'kill' }
  /** The next write takes a part only, and the process is killed. */
  | { do: 'torn' }
  /** The next call that can fail in this way does. */
  | { do: 'fail'; code: 'ENOSPC' | 'EACCES' | 'EMFILE' }
  /** Others run within the call: which of those that could, and how many turns. */
  | { do: 'run'; which: number; turns: number }
  /** The process is stopped for a time, as by a debugger or a busy machine. */
  | { do: 'delay'; ms: number }
  /** The system's clock is set. */
  | { do: 'clock'; ms: number }
  /** The machine sleeps: the system's clock goes on, the other stands still. */
  | { do: 'sleep'; ms: number }
  /** The disk is full for a time. */
  | { do: 'full'; ms: number };

export interface Fault {
  /** The label of a process, such as `hook#2`. */
  at: string;
  /** Which of its system calls, from 1. */
  call: number;
  act: Act;
}

export type Worker = 'W1' | 'W2' | 'W3';

/** What an actor does. */
export type Step =
  | { op: 'prompt' }
  | { op: 'tool'; tool: 'Read' | 'Edit'; file: 'a' | 'b' }
  | { op: 'stop' }
  | { op: 'spawn'; ms: number; code: number; child: boolean }
  | { op: 'abort' }
  | { op: 'block'; at: 'PreToolUse' | 'Stop'; file?: 'a' | 'b'; until?: string; ttl?: string; key?: string }
  | { op: 'unblock' }
  | { op: 'inform' }
  | { op: 'tell'; to: Worker | 'conductor' }
  | { op: 'inbox' }
  | { op: 'acquire'; ttl?: string; wait?: string }
  | { op: 'release' }
  | { op: 'ballot'; quorum: number }
  | { op: 'vote'; decision: 'proceed' | 'abort' }
  | { op: 'done' }
  | { op: 'status' }
  | { op: 'releaseAll' }
  | { op: 'flag' }
  | { op: 'prune' }
  /** Another version's writer: lines that it does not arm, of types that nobody knows, or torn. */
  | { op: 'echo'; line: 'block' | 'unknown' | 'torn' | 'zeros' | 'ahead' }
  /** What is no flag, among the flags. */
  | { op: 'junk' }
  /** A worker publishes the person's word. */
  | { op: 'forge' }
  /** Forty days go by for the system's clock. */
  | { op: 'days' }
  /** Nothing, for three seconds. */
  | { op: 'pause' };

export const ACTORS = ['conductor', 'W1', 'W2', 'W3', 'person', 'window', 'other'] as const;
export type ActorName = (typeof ACTORS)[number];

export interface ActorStep {
  actor: ActorName;
  step: Step;
}

/** All that decides a run, by a seed. What is taken out of the lists is left out of the run, and the rest stays as it is. */
export interface Schedule {
  seed: number;
  /** Whether the home is set to refuse where Fermata fails. */
  failClosed: boolean;
  /** Seconds for which a call is held. */
  holdSeconds: number;
  /** How events of watched folders arrive. */
  watches: 'at once' | 'late and in any order' | 'never';
  /** Links in the home that lead out of it. */
  hostile: boolean;
  steps: ActorStep[];
  faults: Fault[];
  /** Whether the order of turns follows the seed; else each actor goes on as long as it can. */
  order: 'seed' | 'first';
}

type Pick = <T>(...items: readonly T[]) => T;
interface Chance {
  next: () => number;
  below: (limit: number) => number;
  pick: Pick;
}

export function chanceOf(seed: number): Chance {
  const next = random(seed);
  // close seeds begin alike
  for (let i = 0; i < 4; i++) next();
  const below = (limit: number): number => Math.floor(next() * limit);
  return { next, below, pick: (...items) => items[below(items.length)] as (typeof items)[number] };
}

const WORKERS: readonly Worker[] = ['W1', 'W2', 'W3'];

/** One theme a schedule: what is drawn from all steps at once seldom meets. */
const THEMES: ((chance: Chance) => ActorStep[])[] = [blocks, information, locks, ballots, workers, everything];

function worker({ pick }: Chance): Worker {
  return pick(...WORKERS);
}

const tool = ({ pick }: Chance): ActorStep => ({
  actor: 'conductor',
  step: { op: 'tool', tool: pick('Read', 'Edit'), file: pick('a', 'a', 'b') },
});

function blockStep(chance: Chance): Step {
  const { pick } = chance;
  const file = pick<'a' | 'b' | undefined>('a', 'a', undefined);
  const ends = pick<{ ttl?: string; key?: string }>({}, {}, {}, { ttl: '2s' }, { key: 'k' });
  return { op: 'block', at: pick('PreToolUse', 'PreToolUse', 'PreToolUse', 'Stop'), ...(file && { file }), ...ends };
}

function blocks(chance: Chance): ActorStep[] {
  const { below, pick } = chance;
  const steps: ActorStep[] = [];
  const who = worker(chance);
  steps.push({ actor: who, step: blockStep(chance) });
  for (let n = 1 + below(2); n > 0; n--)
    steps.push({
      actor: who,
      step: pick<Step>({ op: 'unblock' }, { op: 'unblock' }, blockStep(chance), { op: 'done' }),
    });
  if (chance.next() < 0.4) steps.push({ actor: worker(chance), step: blockStep(chance) });
  if (chance.next() < 0.3) steps.push({ actor: 'person', step: pick<Step>({ op: 'releaseAll' }, { op: 'flag' }) });
  if (chance.next() < 0.2)
    steps.push({
      actor: 'other',
      step: { op: 'echo', line: pick('block', 'unknown', 'torn', 'zeros', 'ahead', 'ahead') },
    });
  if (chance.next() < 0.2) steps.push({ actor: worker(chance), step: { op: 'forge' } });
  if (chance.next() < 0.1) steps.push({ actor: 'person', step: { op: 'junk' } });
  for (let n = 2 + below(2); n > 0; n--) steps.push(tool(chance));
  if (chance.next() < 0.3) steps.push({ actor: 'conductor', step: { op: 'pause' } }, tool(chance));
  if (chance.next() < 0.4) steps.push({ actor: 'conductor', step: { op: 'stop' } });
  return steps;
}

function information(chance: Chance): ActorStep[] {
  const { below, pick } = chance;
  const steps: ActorStep[] = [];
  for (let n = 1 + below(3); n > 0; n--)
    steps.push({
      actor: worker(chance),
      step: pick<Step>({ op: 'inform' }, { op: 'inform' }, { op: 'tell', to: pick('conductor', ...WORKERS) }),
    });
  for (let n = below(3); n > 0; n--) steps.push({ actor: worker(chance), step: { op: 'inbox' } });
  if (chance.next() < 0.3) steps.push({ actor: worker(chance), step: blockStep(chance) });
  for (let n = 1 + below(3); n > 0; n--)
    steps.push(
      pick<ActorStep>(
        tool(chance),
        tool(chance),
        { actor: 'conductor', step: { op: 'prompt' } },
        { actor: 'conductor', step: { op: 'stop' } },
      ),
    );
  return steps;
}

function locks(chance: Chance): ActorStep[] {
  const { below, pick } = chance;
  const steps: ActorStep[] = [];
  const ttl = (): { ttl?: string } => pick({}, { ttl: '1s' }, { ttl: '2s' });
  for (const who of WORKERS.slice(0, 2 + below(2))) {
    steps.push({ actor: who, step: { op: 'acquire', ...ttl(), ...pick({}, { wait: '1s' }) } });
    steps.push({
      actor: who,
      step: pick<Step>({ op: 'release' }, { op: 'release' }, { op: 'acquire', ...ttl() }, { op: 'done' }),
    });
  }
  if (chance.next() < 0.4)
    steps.push(
      { actor: worker(chance), step: { op: 'block', at: 'PreToolUse', until: 'free:db' } },
      tool(chance),
      tool(chance),
    );
  if (chance.next() < 0.3) steps.push({ actor: 'window', step: { op: 'status' } });
  return steps;
}

function ballots(chance: Chance): ActorStep[] {
  const { pick } = chance;
  const steps: ActorStep[] = [{ actor: worker(chance), step: { op: 'ballot', quorum: pick(2, 2, 3) } }];
  for (const who of WORKERS) {
    steps.push({ actor: who, step: { op: 'vote', decision: pick('proceed', 'proceed', 'abort') } });
    if (chance.next() < 0.2) steps.push({ actor: who, step: { op: 'vote', decision: pick('proceed', 'abort') } });
  }
  if (chance.next() < 0.5)
    steps.push(
      { actor: worker(chance), step: { op: 'block', at: 'PreToolUse', until: 'decided:ship' } },
      tool(chance),
      tool(chance),
    );
  return steps;
}

function workers(chance: Chance): ActorStep[] {
  const { below, pick } = chance;
  const steps: ActorStep[] = [];
  for (let n = 1 + below(2); n > 0; n--)
    steps.push({
      actor: pick<ActorName>('conductor', 'person'),
      step: { op: 'spawn', ms: pick(50, 500, 3000), code: pick(0, 0, 1), child: chance.next() < 0.3 },
    });
  if (chance.next() < 0.4) steps.push({ actor: 'person', step: { op: 'abort' } });
  if (chance.next() < 0.4) steps.push({ actor: 'window', step: { op: 'status' } });
  if (chance.next() < 0.4) steps.push(tool(chance));
  return steps;
}

function everything(chance: Chance): ActorStep[] {
  const { pick } = chance;
  const steps = [blocks, information, locks, ballots].flatMap((theme) =>
    theme(chance).filter(() => chance.next() < 0.35),
  );
  if (chance.next() < 0.15) steps.push({ actor: 'person', step: { op: 'days' } });
  if (chance.next() < 0.3)
    steps.push({ actor: 'person', step: { op: 'prune' } }, { actor: 'window', step: { op: 'prune' } });
  steps.push({ actor: 'window', step: pick<Step>({ op: 'status' }, { op: 'prune' }) });
  return steps;
}

/** A process makes about this many system calls; what is drawn beyond its end has no effect. */
const CALLS = 110;
/** A runner makes as many until its command runs. */
const RUNNER_CALLS = 80;

function fault(chance: Chance, hooks: number, commands: number, hasRunners: boolean): Fault {
  const { below, pick, next } = chance;
  const kind = hasRunners ? pick('hook', 'cli', 'runner', 'runner') : pick('hook', 'cli');
  const count = kind === 'hook' ? hooks : kind === 'cli' ? commands : 2;
  // what processes do to each other they do near their ends
  const most = kind === 'runner' ? RUNNER_CALLS : CALLS;
  const call = next() < 0.5 ? 1 + below(most) : Math.floor(most / 2) + below(most / 2);
  const act = pick<() => Act>(
    () => ({ do: 'kill' }),
    () => ({ do: 'torn' }),
    () => ({ do: 'fail', code: pick('ENOSPC', 'EACCES', 'EMFILE') }),
    () => ({ do: 'run', which: below(8), turns: 1 + below(4) }),
    () => ({ do: 'run', which: below(8), turns: 60 }),
    () => ({ do: 'run', which: below(4), turns: 60 }),
    () => ({ do: 'run', which: 0, turns: 60 }),
    () => ({ do: 'delay', ms: pick(30, 400, 4000) }),
    () => ({ do: 'clock', ms: pick(-3_600_000, -5000, 5000, 3_600_000, 40 * 86_400_000) }),
    () => ({ do: 'sleep', ms: pick(5000, 600_000) }),
    () => ({ do: 'full', ms: pick(50, 1000) }),
  )();
  return { at: `${kind}#${1 + below(Math.max(1, count))}`, call, act };
}

/** The schedule of a seed. */
export function scheduleOf(seed: number): Schedule {
  const chance = chanceOf(seed);
  const { below, pick } = chance;
  const steps = (THEMES[below(THEMES.length)] as (typeof THEMES)[number])(chance);
  const hooks = 2 + 2 * steps.filter(({ actor }) => actor === 'conductor').length;
  const commands = steps.length - steps.filter(({ actor }) => actor === 'conductor').length;
  const faults = Array.from({ length: pick(0, 1, 1, 2, 2, 3, 4, 6) }, () =>
    fault(
      chance,
      hooks,
      commands,
      steps.some(({ step }) => step.op === 'spawn'),
    ),
  );
  return {
    seed,
    failClosed: chance.next() < 0.5,
    holdSeconds: pick(0, 0, 1),
    watches: pick('at once', 'late and in any order', 'never'),
    hostile: chance.next() < 0.15,
    steps,
    faults,
    order: 'seed',
  };
}
