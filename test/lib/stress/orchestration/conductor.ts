import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { HookEvent } from '#protocol/hookEvents.ts';
import type { Observations } from '#test/lib/invariants/observations.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { ProgramRun, RealStage } from './realStage.ts';

/** Plays Claude: makes calls through the hooks and notes how they ended, and what it was given to read. */
export class ScriptedConductor {
  readonly #stage: RealStage;
  readonly #seen: Observations;
  readonly #pick: () => number;
  /** Number of hooks that it has run. */
  hooks = 0;

  constructor(stage: RealStage, seen: Observations, pick: () => number) {
    this.#stage = stage;
    this.#seen = seen;
    this.#pick = pick;
  }

  /** Fires an event, and notes what its answer has. */
  async fire(event: HookEvent, more: object = {}): Promise<ProgramRun> {
    const id = `H${++this.hooks}`;
    const run = await this.#stage.hook(event, more);
    for (const word of new Set(run.stdout.match(/\binfo-[A-Za-z0-9]+-\d+/g)))
      this.#seen.printed.push({
        word,
        to: CONDUCTOR,
        run: id,
        killed: run.code === null,
        began: run.began,
        ended: run.ended,
      });
    const problem = problemOf(run);
    if (problem !== undefined) this.#seen.misbehaved.push(`${event}: ${problem}`);
    return run;
  }

  /** One call of Read, from before it to after it. */
  async call(path: string): Promise<void> {
    const id = `toolu_${this.hooks}_${Math.floor(this.#pick() * 1e9)}`;
    const file_path = join(this.#stage.project, path);
    const call = { tool_name: 'Read', tool_input: { file_path }, tool_use_id: id };
    const { code, stdout, began, ended } = await this.fire('PreToolUse', call);
    const outcome = code === null ? 'killed' : stdout.includes('"deny"') ? 'denied' : 'passed';
    this.#seen.calls.push({ path, outcome, text: stdout, began, ended });
    if (outcome === 'passed') await this.fire('PostToolUse', { ...call, tool_response: {}, duration_ms: 3 });
  }

  /** Calls and other events by chance, `count` in all. */
  async work(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await delay(this.#pick() * 80);
      const kind = this.#pick();
      if (kind < 0.7) await this.call(this.#path());
      else if (kind < 0.8) await this.fire('Notification', { message: 'look', notification_type: 'idle_prompt' });
      else if (kind < 0.9) await this.fire('PostToolBatch', { tool_calls: [] });
      else {
        await this.fire('Stop', { stop_hook_active: false, background_tasks: [], session_crons: [] });
        await this.fire('UserPromptSubmit', { prompt: 'and on' });
      }
    }
  }

  /** A path that something blocks, or has blocked; at times one that nothing does. */
  #path(): string {
    const { blocks } = this.#seen;
    const open = blocks.filter(({ ending }) => ending === undefined);
    const from = this.#pick() < 0.7 && open.length > 0 ? open : blocks;
    return this.#pick() < 0.15 ? 'free.txt' : (from[Math.floor(this.#pick() * from.length)]?.path ?? 'free.txt');
  }
}

/** Why no hook may end so; undefined where it may. A killed one may end in any way. */
function problemOf({ code, stdout, stderr }: ProgramRun): string | undefined {
  if (code === null) return undefined;
  if (code !== 0 || stderr !== '') return `exit code ${code}: ${stderr.slice(0, 500)}`;
  if (stdout === '') return undefined;
  try {
    JSON.parse(stdout);
    return undefined;
  } catch {
    return `no answer: ${stdout.slice(0, 200)}`;
  }
}
