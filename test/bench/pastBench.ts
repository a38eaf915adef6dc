import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { LOG_FORMAT } from '#protocol/parseEvent.ts';
import { bundle, Running } from '#test/lib/stress/program.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { median, print } from './figure.ts';

const LIVE = 10;
const PAST = 10_000;
const STARTS = 3;
const IDLE_MS = 20_000;
/** A watch for the folder of sessions, and for each live session four: its folder, its log, session.json and flags. */
const MAX_WATCHES = 1 + 4 * LIVE;

interface Costs {
  watches: number;
  stallMs: number;
  idleShare: number;
  megabytes: number;
}

/** What a window's sessions cost with thousands of past ones, beside what they cost with none. */
export async function pastBench(): Promise<void> {
  const [alone, withPast]: [Costs[], Costs[]] = [[], []];
  const [homeAlone, homeWithPast] = [createHome(0), createHome(PAST)];
  for (let i = 0; i < STARTS; i++) {
    alone.push(await costs(homeAlone, 0));
    withPast.push(await costs(homeWithPast, PAST));
  }
  const of = (all: Costs[], cost: keyof Costs): number => Number(median(all.map((each) => each[cost])).toFixed(4));
  const compare = (name: string, cost: keyof Costs, unit: string, limit: number): void => {
    const value = of(withPast, cost);
    print({ name, value, unit, base: 'no past', baseValue: of(alone, cost), limit, ok: value <= limit });
  };
  compare('past-watches', 'watches', 'watches', MAX_WATCHES);
  compare('past-longest-stall-at-start', 'stallMs', 'ms', 50);
  compare('past-idle-share', 'idleShare', 'of a core', 0.005);
  const base = of(alone, 'megabytes');
  const value = Number((of(withPast, 'megabytes') / base).toFixed(3));
  print({
    name: 'past-memory',
    value,
    unit: 'ratio',
    base: 'MB with no past',
    baseValue: base,
    limit: 1.2,
    ok: value <= 1.2,
  });
}

/** A home with live sessions of this very process, and past ones, all of one project. */
function createHome(past: number): string {
  const home = tempDir('fermata-bench-');
  mkdirSync(projectOf(home));
  const now = Date.now();
  const startTime = startTimeOf(process.pid) ?? '';
  for (let i = 0; i < LIVE; i++) createSession(home, `live-${i}`, now, startTime);
  // the pid is in use again, by a process that was started at another time
  for (let i = 1; i <= past; i++) createSession(home, `past-${i}`, now - i * 60_000, '1');
  return home;
}

const projectOf = (home: string): string => join(home, 'project');

/** Written directly: the ways of the product make sure of each file, which takes minutes for as many. */
function createSession(home: string, session: string, started: number, startTime: string): void {
  const dir = sessionDir(home, session);
  const { info, log, flags } = sessionPaths(dir);
  mkdirSync(flags, { recursive: true });
  const [project, host] = [projectOf(home), hostIdentity()];
  writeFileSync(info, JSON.stringify({ session, project, pid: process.pid, startTime, host, started }));
  const workers = ['W1', 'W2', 'W3'].map((worker) => ({ t: 'spawn', ts: started, worker, task: 'Load data1.csv' }));
  const events = [
    { t: 'open', ts: started, format: LOG_FORMAT, nonce: session },
    { t: 'session', ts: started, session, cwd: project },
    ...workers,
  ];
  writeFileSync(log, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  utimesSync(log, started / 1000, started / 1000);
}

/** Of a window in a process of its own. */
async function costs(home: string, past: number): Promise<Costs> {
  const args = [home, projectOf(home), LIVE, past, IDLE_MS].map(String);
  const window = new Running(process.execPath, ['--expose-gc', await bundle('window'), ...args]);
  const { stderr } = await window.ended;
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(window.lines[0] ?? '') as Costs;
}
