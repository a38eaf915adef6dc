import type { On, RenderElement } from 'claude-code';
import { holdLine, needsLine, type ModHold, type ModReport, type ModUsage, type ModView } from './sessionView.ts';

// The plugin in Claude Code: it draws what the hooks hold and what waits for the person, and reports what Claude Code itself
// knows. It decides nothing. Whatever of Claude Code's interface fails or is missing is left out alone.

/** The installer puts it before this module. */
declare const FERMATA: { home: string; version: string; folder: string };

/** How often it is looked whether the log has grown. */
const TICK_MS = 1000;
/** The log is read at most this often while nothing is drawn of it, and again after this time while something is. */
const MAX_PAUSE_MS = 4000;
const REDRAW_MS = 10_000;
/** Until the hooks have made the session's folder. */
const FIRST_MS = 2000;
const SIGN_MS = 30_000;
const USAGE_MS = 60_000;
/** The waiter of the session, which may have begun before this module, leaves in that time. */
const WAITER_MS = 3000;
/** What did not help is tried again after this time. */
const PAUSE_MS = 10_000;
const PROGRAM_MS = 10_000;

/** Returns undefined for what fails, or what this version of Claude Code does not have: it is left out alone. */
async function attempt<T>(run: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch {
    return undefined;
  }
}

/** Claude Code calls it once, and takes from its text what it hooks. */
export function register(on: On): void {
  let isStarted = false;
  let isInteractive = false;
  let isBusy = false;
  let startedTs = 0;
  let session = '';
  let view: ModView | undefined;
  let printed = '';
  let logSize: number | undefined = -1;
  let lookedTs = 0;
  let pauseMs = TICK_MS;
  let mustLook = true;
  let signedTs = 0;
  let wokenTs = 0;
  let usageTs = 0;
  let isUsageDue = false;
  let reported = '';
  let ended: NonNullable<ModReport['ended']> = [];
  let stopped: Record<string, number> = {};
  let report = async (): Promise<void> => {};

  on('session.start', async ($, e, next) => {
    isInteractive = e.isInteractive;
    if (!isStarted) {
      isStarted = true;
      startedTs = Date.now();
      report = () => look(Date.now(), undefined);
      $.clock.every(TICK_MS, async () => {
        if (isBusy) return;
        isBusy = true;
        try {
          await tick(Date.now());
        } catch {
          // the next one tries again
        }
        isBusy = false;
      });
    }
    return next(e);

    async function tick(now: number): Promise<void> {
      if (!(await isInstalled())) return leave();
      const id = await $.session.id();
      if (id !== session) {
        session = id;
        view = undefined;
        printed = '';
        logSize = -1;
        signedTs = 0;
        mustLook = true;
      }
      const usage = await attempt(() => newUsage(now));
      if (usage !== undefined || ended.length > 0 || (await isChanged(now))) await look(now, usage);
      if (view === undefined) return;
      await attempt(() => sign(now));
      await attempt(() => stopAgents(now));
      await attempt(() => wake(now));
      if (view.holds.length > 0) await redraw();
    }

    /** Claude Code does not notice each removal of the folder while a session runs. */
    async function isInstalled(): Promise<boolean> {
      return (await attempt(() => $.fs.exists(`${FERMATA.folder}/fermata.json`))) !== false;
    }

    async function redraw(): Promise<void> {
      await attempt(() => $.ui.invalidate('ui.render'));
    }

    /** How long the log is; undefined where that cannot be known. */
    async function sizeOf(log: string): Promise<number | undefined> {
      return (await attempt(() => $.fs.stat(log)))?.size;
    }

    /** Removed, it draws and does nothing more. */
    async function leave(): Promise<void> {
      const sign = view?.sign;
      view = undefined;
      session = '';
      await redraw();
      if (sign !== undefined) await $.fs.write(sign, `0 ${FERMATA.version} -\n`);
    }

    /** Whether something may have happened since the last look. */
    async function isChanged(now: number): Promise<boolean> {
      if (view === undefined) return now - lookedTs >= FIRST_MS;
      if (mustLook) return true;
      if (now - lookedTs < pauseMs) return false;
      const size = await sizeOf(view.log);
      const isDrawn = view.holds.length + view.votes.length + view.needsYou > 0;
      if (size === undefined || isDrawn) return size !== logSize || now - lookedTs >= REDRAW_MS;
      return size !== logSize;
    }

    async function look(now: number, usage: ModUsage | undefined): Promise<void> {
      lookedTs = now;
      mustLook = false;
      const sent: ModReport = { ended, ...(usage === undefined ? {} : { usage }) };
      ended = [];
      try {
        await runProgram(sent);
      } catch (error) {
        ended = [...(sent.ended ?? []), ...ended];
        throw error;
      }
    }

    /** Writes a report into the log, and reads what is to be drawn. */
    async function runProgram(sent: ModReport): Promise<void> {
      // what is written meanwhile is seen by the next look
      const before = view === undefined ? undefined : await sizeOf(view.log);
      const [node = '', kind = ''] = (await $.fs.read(`${FERMATA.home}/runtime`)).split('\n');
      const env = { NODE_OPTIONS: '', ...(kind === 'electron' ? { ELECTRON_RUN_AS_NODE: '1' } : {}) };
      const argv = [node, `${FERMATA.home}/hooks/mod.cjs`, session, JSON.stringify(sent)];
      const { stdout, exitCode } = await $.process.run(argv, { env, timeoutMs: PROGRAM_MS, cwd: FERMATA.home });
      if (exitCode !== 0) throw new Error('the program failed');
      if (stdout.trim() === '') return;
      const isNew = stdout !== printed;
      pauseMs = isNew ? TICK_MS : Math.min(2 * pauseMs, MAX_PAUSE_MS);
      view = JSON.parse(stdout) as ModView;
      printed = stdout;
      logSize = before;
      if (isNew) await redraw();
    }

    /** What Claude Code counts, where it has changed since it was reported last. */
    async function newUsage(now: number): Promise<ModUsage | undefined> {
      if (view === undefined || !isUsageDue || now - usageTs < USAGE_MS) return undefined;
      isUsageDue = false;
      const { context, cost, rateLimits } = await $.session.usage();
      const usage: ModUsage = {
        ...(context.tokens === undefined ? {} : { contextTokens: context.tokens }),
        contextWindow: context.window,
        ...(cost === undefined ? {} : { costUsd: cost.usd }),
        limits: rateLimits.map(({ kind, percentUsed, resetsAt }) => {
          const resetsTs = resetsAt === undefined ? NaN : Date.parse(resetsAt);
          return { kind, pct: percentUsed, ...(Number.isNaN(resetsTs) ? {} : { resetsTs }) };
        }),
      };
      const text = JSON.stringify(usage);
      if (text === reported) return undefined;
      reported = text;
      usageTs = now;
      return usage;
    }

    /** Shows that the plugin runs; and, where it does, that no process has to wait to wake the session. */
    async function sign(now: number): Promise<void> {
      if (view?.sign === undefined || now - signedTs < SIGN_MS) return;
      signedTs = now;
      const wakes = isInteractive ? 'wakes' : '-';
      await $.fs.write(view.sign, `${Math.floor(now / 1000)} ${FERMATA.version} ${wakes}\n`);
    }

    /** Ends agents that the person has stopped, also those that make no call at which a hook would. */
    async function stopAgents(now: number): Promise<void> {
      const due = (view?.stop ?? []).filter((agent) => now - (stopped[agent] ?? 0) >= PAUSE_MS);
      if (due.length === 0) return;
      const running = (await $.agent.list()).filter(({ status }) => status === 'running').map(({ id }) => id);
      for (const agent of due) {
        stopped[agent] = now;
        // others, as those of workflows, end at their next call
        if (!running.includes(agent)) continue;
        // its end first, so that its parent has the reason together with the report that is none
        ended = [...ended, { agent, reason: 'aborted' }];
        await look(now, undefined);
        // not awaited: a hook may hold that call, too
        void attempt(() => $.tool.call({ tool: 'TaskStop', task_id: agent }));
      }
    }

    function wake(now: number): void {
      const prompt = view?.sign === undefined ? undefined : view.wake;
      if (!isInteractive || prompt === undefined) return;
      if (now - startedTs < WAITER_MS || now - wokenTs < PAUSE_MS) return;
      wokenTs = now;
      mustLook = true;
      void attempt(() => $.prompt.submit({ text: prompt }));
    }
  }).catch((_$, e, next) => next(e));

  on('turn.start', async (_$, e, next) => {
    isUsageDue = true;
    return next(e);
  }).catch((_$, e, next) => next(e));

  on('turn.complete', async (_$, e, next) => {
    isUsageDue = true;
    if (e.agentId === undefined) usageTs = 0;
    else if (e.reason !== 'answer') {
      ended = [...ended, { agent: e.agentId, reason: e.reason }];
      // first, so that the next hook of the agent's parent has the reason
      await report().catch(() => undefined);
    }
    return next(e);
  }).catch((_$, e, next) => next(e));

  on('session.end', async ($, e, next) => {
    if (view?.sign !== undefined) await $.fs.write(view.sign, `0 ${FERMATA.version} -\n`);
    return next(e);
  }).catch((_$, e, next) => next(e));

  on('ui.render', { component: 'AbovePrompt' }, async ($, e, next) => {
    const shown = view;
    const others = await next(e);
    if (shown === undefined || shown.holds.length + shown.votes.length + shown.needsYou === 0) return others;
    const { Box, Text, Button } = $.ui.resolve(e);
    const now = Date.now();
    const release = async (hold: ModHold): Promise<void> => {
      for (const flag of hold.release) await $.fs.write(`${shown.flags}/${flag}`, '');
      mustLook = true;
    };
    const rows = shown.holds.map((hold, index) =>
      h(
        Box,
        { key: hold.id, flexDirection: 'row', gap: 1 },
        h(Text, { color: 'yellow', wrap: 'truncate' }, holdLine(hold, now)),
        h(Button, {
          key: `release-${index}`,
          label: 'Release',
          hotkey: index === 0 ? 'r' : String(index + 1),
          onPress: () => release(hold),
        }),
      ),
    );
    const lines = [...shown.votes, needsLine(shown)].filter((line) => line !== '');
    return h(
      Box,
      { flexDirection: 'column' },
      ...rows,
      ...lines.map((line, index) => h(Text, { key: `line-${index}`, dimColor: true, wrap: 'truncate' }, line)),
      others,
    ) as RenderElement;
  }).catch((_$, e, next) => next(e));
}
