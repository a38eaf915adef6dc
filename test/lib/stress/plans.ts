import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { homePaths } from '#core/base/paths.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import type { Worker } from '#protocol/state.ts';
import { writeApprovedRules } from '#test/lib/approvedRules.ts';
import { Stage } from '#test/lib/fermata.ts';
import type { MachineHome } from '#test/lib/machineHome.ts';
import { runGate } from '#test/lib/hookStage.ts';
import { sendSignal } from '#test/lib/sendSignal.ts';
import { random } from './random.ts';

export interface Chaos {
  workers: number;
  maxParallel: number;
  /** Runners killed in a round, at most. */
  kills: number;
  seed: number;
  /** Other machines, which run two of three workers, and the server between them. */
  elsewhere?: { url: string; homes: readonly MachineHome[] };
}

/** The counts of one round, and its faults. */
export interface RoundResult {
  problems: string[];
  runnersKilled: number;
  hooksKilled: number;
  ended: Map<string, number>;
}

const PROMPT = 'run the whole plan';
/** In a round that takes longer, a worker is never started or never reported. */
const ROUND_TIMEOUT_MS = 150_000;

/**
 * A plan of workers that depend on each other, started by the real hook, while runners and hooks are killed at random.
 * Each worker writes into a file when it begins and ends: the truth with which the log is compared afterwards.
 */
export async function chaoticRound({ workers, maxParallel, kills, seed, elsewhere }: Chaos): Promise<RoundResult> {
  const pick = random(seed);
  const stage = new Stage();
  const others = elsewhere?.homes ?? [];
  const homes = [stage.home, ...others.map(({ home }) => home)];
  const start = others.map((other) => [
    other.name,
    { command: ['sh', '-c', other.shell('fermata worker --stdin')], cwd: stage.project },
  ]);
  const carried = { 'machines.url': elsewhere?.url, 'machines.name': 'laptop', 'machines.space': 't' };
  const settings = { 'workers.abortGraceSeconds': 1, 'workers.maxParallel': maxParallel };
  writeFileSync(
    homePaths(stage.home).settings,
    JSON.stringify({
      ...settings,
      ...(elsewhere !== undefined && { ...carried, 'machines.start': Object.fromEntries(start) }),
    }),
  );
  stage.install();
  const needs = Array.from({ length: workers }, (_, i) =>
    i < 4 ? [] : [...new Set([0, 1].map(() => Math.floor(pick() * i)).filter(() => pick() < 0.6))],
  );
  writeRules(stage, needs, pick, [undefined, ...others.map(({ name }) => name)]);
  const round: RoundResult = { problems: [], runnersKilled: 0, hooksKilled: 0, ended: new Map() };
  const deadline = Date.now() + ROUND_TIMEOUT_MS;
  await hook(stage, { hook_event_name: 'SessionStart', source: 'startup' });
  // a hook that is killed before it has planned leaves a prompt without workers: the next hook plans them
  while (stage.state().runs.size === 0) {
    const killAfterMs = pick() < 0.5 ? pick() * 150 : undefined;
    if (await hook(stage, { hook_event_name: 'UserPromptSubmit', prompt: PROMPT }, killAfterMs)) round.hooksKilled++;
  }
  for (;;) {
    const state = stage.state();
    if ([...state.workers.values()].every(hasEnded)) break;
    if (Date.now() > deadline) {
      round.problems.push(
        `not ended: ${[...state.workers.values()]
          .filter((w) => !hasEnded(w))
          .map((w) => `${w.id} ${w.state}`)
          .join(', ')}`,
      );
      break;
    }
    await delay(20 + pick() * 60);
    if (round.runnersKilled < kills && pick() < 0.5 && killOne(homes, pick)) round.runnersKilled++;
    const killAfterMs = round.runnersKilled < kills && pick() < 0.3 ? pick() * 100 : undefined;
    if (await hook(stage, { hook_event_name: 'Notification', message: 'look' }, killAfterMs)) round.hooksKilled++;
  }
  const all = [...stage.state().workers.values()];
  round.problems.push(...(await findProblems(stage, homes, all, needs)));
  for (const { state } of all) round.ended.set(state, (round.ended.get(state) ?? 0) + 1);
  return round;
}

function writeRules(
  stage: Stage,
  needs: number[][],
  pick: () => number,
  machines: readonly (string | undefined)[],
): void {
  const templates = needs.map((after, i) => {
    // half of the workers publish `done` themselves
    const doneCommand =
      i % 2 === 0 ? `echo '{"t":"done","worker":"'$FERMATA_WORKER'"}' >>"$FERMATA_SESSION_DIR/events.jsonl"; ` : '';
    const shell = `echo "begin $FERMATA_WORKER" >>truth; sleep ${(pick() * 0.12).toFixed(3)}; ${doneCommand}echo "end $FERMATA_WORKER" >>truth`;
    return { name: `w${i}`, run: { shell }, after: after.map((n) => `w${n}`), machine: machines[i % machines.length] };
  });
  const rules = [{ name: 'plan', prompt: PROMPT, workers: templates }];
  writeApprovedRules(stage.home, stage.project, { version: 1, rules });
}

/** Runs the installed hook; with `killAfterMs` it is killed after that time. Returns whether it was killed in time. */
async function hook(stage: Stage, payload: Record<string, unknown>, killAfterMs?: number): Promise<boolean> {
  const running = runGate(
    stage.home,
    [String(payload['hook_event_name'])],
    { session_id: stage.session, cwd: stage.project, ...payload },
    {
      cwd: stage.project,
      env: stage.env({ CLAUDE_CODE_SESSION_ID: stage.session, CLAUDE_PROJECT_DIR: stage.project }),
    },
  );
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => running.kill('SIGKILL'), killAfterMs);
  const { code } = await running;
  clearTimeout(timer);
  return code === null;
}

/** Kills one of the live runners; false if there is none. */
function killOne(homes: readonly string[], pick: () => number): boolean {
  const runners = homes.flatMap(processesOf).filter(({ command }) => command.includes('runner.cjs'));
  const one = runners[Math.floor(pick() * runners.length)];
  return one !== undefined && sendSignal(one.pid, 'SIGKILL');
}

/** All processes that have a Fermata home in their environment. */
export function processesOf(home: string): { pid: number; command: string; rssKb: number; cpuMs: number }[] {
  const mark = `FERMATA_HOME=${home}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark)) return [];
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (fields[0] === 'Z') return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        // in pages of 4 KiB, and ticks of 10 ms
        return [
          {
            pid: Number(pid),
            command,
            rssKb: Number(fields[21]) * 4,
            cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
          },
        ];
      } catch {
        // the process has ended, or belongs to another user
        return [];
      }
    });
}

/** The lines that the workers have written into their common file. */
export function truthOf(stage: Stage): string[] {
  const file = join(stage.project, 'truth');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

/** Compares the log with the truth, and finds processes that were left running. */
async function findProblems(
  stage: Stage,
  homes: readonly string[],
  workers: Worker[],
  needs: number[][],
): Promise<string[]> {
  const problems: string[] = [];
  // a bridge stays for a while, for whoever needs it next
  const running = () => homes.flatMap(processesOf).filter(({ command }) => !command.includes('bridge.cjs'));
  let remaining = running();
  for (const until = Date.now() + 60_000; remaining.length > 0 && Date.now() < until; remaining = running())
    await delay(50);
  for (const { pid } of homes.flatMap(processesOf).filter(({ command }) => command.includes('bridge.cjs')))
    // it may have ended since it was listed
    sendSignal(pid, 'SIGTERM');
  if (remaining.length > 0) problems.push(`still running: ${remaining.map((p) => `${p.pid} ${p.command}`).join('; ')}`);
  const truth = truthOf(stage);
  const at = (step: 'begin' | 'end', id: string): number[] =>
    truth.flatMap((line, i) => (line === `${step} ${id}` ? [i] : []));
  for (const [i, worker] of workers.entries()) {
    const { id, state, problem } = worker;
    const began = at('begin', id);
    const ended = at('end', id);
    const about = `${id} ${state} (${problem ?? ''}), began ${began.length}, ended ${ended.length}`;
    if (began.length > 1) problems.push(`started more than once: ${about}`);
    if (state === 'done' && ended.length !== 1) problems.push(`done but not to its end: ${about}`);
    // between fork and exec a worker looks like its runner, so that the kill may have hit the worker
    const killed = problem === 'killed by SIGKILL';
    if (state === 'failed' && began.length > 0 && !killed) problems.push(`failed: ${about}`);
    if (state === 'lost' && began.length === 0 && worker.pid !== undefined && problem?.includes('was started') === true)
      problems.push(`lost: ${about}`);
    if (state === 'lost' && began.length > 0 && problem?.startsWith('its runner ended before') === true)
      problems.push(`started, but reported as never started: ${about}`);
    for (const n of needs[i] ?? []) {
      const first = workers[n]?.id ?? '';
      if (began.length > 0 && !((at('end', first)[0] ?? Infinity) < (began[0] ?? 0)))
        problems.push(`too early: ${about} before ${first} ended`);
    }
  }
  return problems;
}
