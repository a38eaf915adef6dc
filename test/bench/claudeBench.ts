import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hookEntries } from '#core/install/entries.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { startClaude } from '#test/lib/claude.ts';
import type { Turn } from '#test/lib/modelServer.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { median, print, printRatio } from './figure.ts';
import { cpuWithChildrenMs } from './hostCpu.ts';

const CALLS = 60;
const ROUNDS = Number(process.env['FERMATA_BENCH_ROUNDS'] ?? 20);

/**
 * `without` hooks; `true` at each of the events that Fermata has entries for, as anybody would write it (Claude Code
 * runs that in a shell), and `bareTrue`, the program itself, which is the least that a hook can cost; Fermata with
 * nothing, and much, to say; and with nothing to say in a session that is shared with other machines, whose bridge runs.
 */
const ALL_KINDS = ['without', 'true', 'bareTrue', 'idle', 'busy', 'shared'] as const;
type Kind = (typeof ALL_KINDS)[number];
const KINDS = ALL_KINDS.filter((kind) => kind !== 'shared' || hasNatsServer);

/** From the first request of a session to its last. */
interface Cost {
  ms: number;
  /** User and system time of Claude and of all that it waited for; 0 where there is no /proc. */
  cpuMs: number;
}

/** A session of Claude Code that reads sixty files one after another, as it is felt with hooks and without. */
export async function claudeBench(): Promise<void> {
  let kind: Kind = 'without';
  const samples: { at: number; cpuMs: number }[] = [];
  let pid = -1;
  const files = Object.fromEntries(Array.from({ length: CALLS }, (_, i) => [`file${i}.txt`, `the text of ${i}\n`]));
  const sample = (): void => void samples.push({ at: performance.now(), cpuMs: cpuWithChildrenMs(pid) });
  const orchestra = await Orchestra.open(
    (turn) => {
      if (turn.index === 0 || turn.index === CALLS) sample();
      if (turn.index === CALLS) return { text: 'done' };
      if (kind === 'busy') work(sessionDir(orchestra.fermataHome, turn.sessionId), turn);
      return { tools: [{ name: 'Read', input: { file_path: join(orchestra.project, `file${turn.index}.txt`) } }] };
    },
    { files },
  );
  const { home, project, fermataHome } = orchestra;
  const settingsFile = join(project, '.claude', 'settings.local.json');
  const installed = readFileSync(settingsFile, 'utf8');
  const settings: Record<Kind, string> = {
    without: '{}',
    true: JSON.stringify({ hooks: trueHooks(fermataHome, { command: 'true' }) }),
    bareTrue: JSON.stringify({ hooks: trueHooks(fermataHome, { command: '/usr/bin/true', args: [] }) }),
    idle: installed,
    busy: installed,
    shared: installed,
  };
  const server = hasNatsServer ? await NatsServer.start() : undefined;
  const machines = { 'machines.url': server?.url, 'machines.name': 'laptop', 'machines.share': 'all' };

  const session = async (next: Kind): Promise<Cost> => {
    kind = next;
    samples.length = 0;
    writeFileSync(settingsFile, settings[kind]);
    orchestra.settings(kind === 'shared' ? machines : {});
    const claude = startClaude({ cwd: project, home, modelUrl: orchestra.model.url });
    pid = claude.pid;
    const result = await claude.ask('read all of them', 120_000);
    const [first, last] = samples;
    if (first === undefined || last === undefined || result.result !== 'done')
      throw new Error(`the session with ${kind} hooks went astray: ${result.result} ${claude.stderr()}`);
    await claude.end();
    checkHooks(kind, sessionDir(fermataHome, claude.sessionId()));
    return { ms: last.at - first.at, cpuMs: last.cpuMs - first.cpuMs };
  };

  const costs: Record<Kind, Cost[]> = { without: [], true: [], bareTrue: [], idle: [], busy: [], shared: [] };
  try {
    for (let round = -1; round < ROUNDS; round++)
      // there and back again, so that none is always the one after another
      for (const one of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
        const cost = await session(one);
        // the first round warms up files
        if (round >= 0) costs[one].push(cost);
      }
  } finally {
    await orchestra.close();
    await server?.kill();
  }
  for (const one of KINDS) {
    print({ name: `claude-${one}`, value: Math.round(median(costs[one].map(({ ms }) => ms))), unit: 'ms' });
    print({ name: `claude-${one}-cpu`, value: Math.round(median(costs[one].map(({ cpuMs }) => cpuMs))), unit: 'ms' });
  }
  for (const [one, base, limit] of [
    ['true', 'without', undefined],
    ['idle', 'true', 1.05],
    ['idle', 'bareTrue', undefined],
    ['busy', 'true', undefined],
    ['shared', 'idle', 1.02],
  ] as const)
    for (const of of KINDS.includes(one) ? (['ms', 'cpuMs'] as const) : [])
      printRatio(
        `claude-${one}-to-${base}${of === 'cpuMs' ? '-cpu' : ''}`,
        costs[one].map((cost) => cost[of]),
        [base, costs[base].map((cost) => cost[of])],
        of === 'ms' ? limit : undefined,
      );
}

/** A worker that reports at every call, watches for another, and has news for the Conductor now and then. */
function work(dir: string, { index }: Turn): void {
  const now = Date.now();
  if (index === 0)
    publish(dir, now, { t: 'spawn', worker: 'W1', task: 'Load the data' }, { t: 'watch', worker: 'W1', tool: 'Bash' });
  publish(dir, now, { t: 'progress', worker: 'W1', pct: index, message: `part ${index}` });
  if (index % 10 === 5)
    publish(dir, now, { t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, message: `part ${index}` });
}

/** A session whose hooks did nothing, or were never run, is no measure of them. */
function checkHooks(kind: Kind, dir: string): void {
  const { log } = sessionPaths(dir);
  const ran = existsSync(log);
  if (ran !== ['idle', 'busy', 'shared'].includes(kind))
    throw new Error(`${kind}: Fermata's hooks were ${ran ? '' : 'not '}run`);
  if (existsSync(sessionPaths(dir).seat) !== (kind === 'shared')) throw new Error(`${kind}: it was shared, or not`);
  if (kind === 'busy' && !readFileSync(log, 'utf8').includes('"t":"delivered"'))
    throw new Error('the model was not told what the worker said');
}

/** The entries that are installed, each of them with something that does nothing. */
function trueHooks(fermataHome: string, nothing: { command: string; args?: string[] }): object {
  return Object.fromEntries(
    Object.entries(hookEntries({ home: fermataHome })).map(([event, entries]) => [
      event,
      [{ hooks: entries.map((entry) => ({ ...entry, args: undefined, ...nothing })) }],
    ]),
  );
}
