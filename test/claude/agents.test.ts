import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { WORKFLOW_AGENT } from '#core/claude/subagents.ts';
import type { Worker } from '#protocol/state.ts';
import { claudeBinary, type ClaudeVersion } from '#test/lib/claudeHome.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { openTerminalClaude, type TerminalClaude } from '#test/lib/terminal.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let orchestra: Orchestra;
let terminal: TerminalClaude | undefined;
afterEach(async () => {
  terminal?.kill();
  terminal = undefined;
  await orchestra?.close();
  removeTempDirs();
});

const VERSIONS = sized<ClaudeVersion[]>(['newest'], ['oldest', 'pinned', 'newest']);
const quick = { settings: { 'hold.seconds': 0 } };
const TOOLS = ['Agent', 'Bash', 'SendMessage', 'TaskStop', 'Workflow'];

const agent = (description: string, more: object = {}): Reply => ({
  tools: [{ name: 'Agent', input: { description, prompt: description, subagent_type: 'general-purpose', ...more } }],
});

/** A promise that the script awaits, and what fulfils it. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** No agent of the session was ever counted as lost. */
function expectNoneLost(): void {
  expect(orchestra.events.filter(({ t, lost }) => t === 'exit' && lost === true)).toEqual([]);
}

const workers = (): Worker[] => [...orchestra.state.workers.values()];
const named = (task: string): Worker | undefined => workers().find((w) => w.task === task);
const turnIsOver = () =>
  orchestra.until('the turn is over', (s) => s.conductor.turn > 0 && s.conductor.state === 'idle');

describe.each(VERSIONS)('Claude Code, %s version', (version) => {
  test('a workflow of three agents in two phases is a run with its agents under it, from start to end', async () => {
    const script = `export const meta = { name: 'survey', description: 'a survey', phases: [{title:'Look'},{title:'Sum up'}] }
      phase('Look')
      const r = await parallel([() => agent('look here', {label:'here', phase:'Look'}), () => agent('look there', {label:'there', phase:'Look'})])
      phase('Sum up')
      return await agent('sum up', {label:'sum', phase:'Sum up'})`;
    const [look, sum] = [gate(), gate()];
    orchestra = await Orchestra.open(async (turn) => {
      // the oldest version does not say that an agent of a workflow asks
      if (!/look (?:t?here)|sum up/.test(turn.allText))
        return turn.index === 0 ? { tools: [{ name: 'Workflow', input: { script } }] } : { text: 'ok' };
      await (turn.allText.includes('sum up') ? sum : look).opened;
      return { text: 'seen' };
    }, quick);
    const claude = orchestra.live({ version, allowedTools: TOOLS });
    claude.send('go');
    await turnIsOver();
    const run = () => workers().find((w) => w.kind === 'workflow');
    const agents = () => workers().filter((w) => w.parent === run()?.id);
    await orchestra.until('both agents', () => agents().length === 2);
    expect(run()).toMatchObject({ task: 'survey', state: 'running', parent: 'conductor' });
    for (const each of agents())
      expect(each).toMatchObject({ state: 'running', kind: 'subagent', command: WORKFLOW_AGENT });
    if (version === 'newest') {
      await expect
        .poll(() => agents().map(({ task, progress }) => [task, progress?.phase]), { timeout: 90_000 })
        .toEqual([
          ['here', 'Look'],
          ['there', 'Look'],
        ]);
      await expect
        .poll(() => run()?.progress, { timeout: 90_000 })
        .toMatchObject({ phase: 'Look', message: '0 of 2 agents done' });
    }
    look.open();
    await orchestra.until('the third agent', () => agents().length === 3);
    await expect.poll(() => run()?.progress, { timeout: 90_000 }).toMatchObject({ message: '2 of 3 agents done' });
    sum.open();
    await orchestra.until('the run is over', () => run()?.state === 'done');
    expect(agents().map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    expectNoneLost();
    await claude.end();
  });

  test('a background agent runs on after the turn; stopped by Claude, it has ended for that reason', async () => {
    let id = '';
    orchestra = await Orchestra.open(async (turn) => {
      if (turn.subagent) {
        id = turn.agentId ?? '';
        await gate().opened;
        return { text: 'too late' };
      }
      if (turn.lastUserText.includes('stop it')) return { tools: [{ name: 'TaskStop', input: { task_id: id } }] };
      return turn.index === 0 ? agent('the errand', { run_in_background: true }) : { text: 'ok' };
    }, quick);
    const claude = orchestra.live({ version, allowedTools: TOOLS });
    claude.send('go');
    await turnIsOver();
    await orchestra.until('its task', () => named('the errand'));
    expect(named('the errand')).toMatchObject({ state: 'running', parent: 'conductor' });
    claude.send('stop it');
    await orchestra.until('its end', () => named('the errand')?.state === 'aborted');
    expect(named('the errand')?.problem).toMatch(/stopped/);
    claude.kill();
  });

  test('a background shell is there until its end', async () => {
    const { opened, open } = gate();
    orchestra = await Orchestra.open(async (turn) => {
      const command = `until [ -e ${join(orchestra.project, 'over')} ]; do sleep 0.1; done`;
      if (turn.index === 0)
        return { tools: [{ name: 'Bash', input: { command, description: 'wait', run_in_background: true } }] };
      if (turn.index === 1) await opened;
      return turn.lastUserText.includes('finish')
        ? { tools: [{ name: 'Bash', input: { command: 'touch over', description: 'd' } }] }
        : { text: 'ok' };
    }, quick);
    const claude = orchestra.live({ version, allowedTools: TOOLS });
    claude.send('go');
    const shell = () => workers().find((w) => w.kind === 'shell');
    await orchestra.until('its turn', (s) => s.conductor.state === 'working');
    const person = orchestra.env({ FERMATA_HOME: orchestra.fermataHome, FERMATA_SESSION_DIR: orchestra.dir });
    await waitFor(async () => (await orchestra.fermataIn(person, 'status')).stdout.includes('running  wait'), {
      describe: 'the shell, before the turn ends',
      timeoutMs: 100_000,
    });
    expect(orchestra.state.conductor.state).toBe('working');
    open();
    await turnIsOver();
    expect(shell()).toMatchObject({ state: 'running', task: 'wait', command: expect.stringContaining('until') });
    claude.send('finish');
    await orchestra.until('its end', () => shell()?.state === 'done');
    await claude.end();
  });

  test('an agent that gets another message is the same one', async () => {
    let id = '';
    orchestra = await Orchestra.open((turn) => {
      if (turn.subagent) {
        id = turn.agentId ?? '';
        return { text: 'found it' };
      }
      if (turn.lastToolResults.length > 0) return { text: 'ok' };
      if (turn.lastUserText.includes('again'))
        return { tools: [{ name: 'SendMessage', input: { to: id, message: 'look again', summary: 'again' } }] };
      return turn.lastUserText.includes('go') ? agent('the errand', { run_in_background: false }) : { text: 'ok' };
    }, quick);
    const claude = orchestra.live({ version, allowedTools: TOOLS });
    await claude.ask('go');
    expect(named('the errand')).toMatchObject({ state: 'done' });
    await claude.ask('again');
    const isTwiceDone = () => orchestra.events.filter(({ t }) => t === 'done').length === 2;
    if (version !== 'oldest') await orchestra.until('its second end', isTwiceDone);
    expect(workers()).toHaveLength(1);
    expect(named('the errand')).toMatchObject({ state: 'done' });
    expectNoneLost();
    await claude.end();
  });
});

describe.each(['pinned', 'newest'] as const)('Claude Code, %s version', (version) => {
  test('a nested agent is under the one that started it, and not lost when the turn of Claude ends', async () => {
    const { opened, open } = gate();
    orchestra = await Orchestra.open(async (turn) => {
      if (!turn.subagent) return turn.index === 0 ? agent('outer', { run_in_background: true }) : { text: 'ok' };
      if (turn.allText.includes('inner') && turn.index === 0 && !turn.allText.includes('outer')) {
        await opened;
        return { text: 'inner done' };
      }
      return turn.index === 0 ? agent('inner', { run_in_background: false }) : { text: 'outer done' };
    }, quick);
    const claude = orchestra.live({ version, allowedTools: TOOLS });
    claude.send('go');
    await orchestra.until('both agents', () => workers().length === 2);
    await turnIsOver();
    claude.send('and on');
    await orchestra.until('another turn is over', (s) => s.conductor.turn === 2 && s.conductor.state === 'idle');
    expect(named('inner')).toMatchObject({ state: 'running', parent: named('outer')?.id });
    open();
    await orchestra.until('all have ended', () => workers().every(({ state }) => state === 'done'));
    expectNoneLost();
    await claude.end();
  });

  test('teammates have their names, are idle between messages, and end with the session', async () => {
    const { opened, open } = gate();
    const mates = ['scout', 'smith'].map((name) => agent(`be the ${name}`, { name }).tools?.[0]);
    orchestra = await Orchestra.open(async (turn) => {
      if (turn.subagent) {
        await opened;
        return { text: 'here I am' };
      }
      if (turn.index === 0) return { tools: mates.filter((call) => call !== undefined) };
      return turn.lastUserText.includes('write to')
        ? { tools: [{ name: 'SendMessage', input: { to: 'scout', message: 'more', summary: 'more' } }] }
        : { text: 'ok' };
    }, quick);
    const { project: cwd, home, model } = orchestra;
    const env = { CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS: '1' };
    const args = ['--permission-mode', 'default'];
    terminal = await openTerminalClaude({ cwd, home, modelUrl: model.url, version, allowedTools: TOOLS, env, args });
    await terminal.ask('go');
    await orchestra.until('both teammates', () => workers().length === 2);
    await turnIsOver();
    const states = () => Object.fromEntries(workers().map(({ command, kind, state }) => [command, [kind, state]]));
    expect(states()).toEqual({ scout: ['teammate', 'running'], smith: ['teammate', 'running'] });
    open();
    await orchestra.until('both are idle', () => workers().every(({ state }) => state === 'idle'));
    await terminal.ask('write to the scout');
    await orchestra.until('the scout is at work', () =>
      orchestra.events.some(
        ({ t, worker }) => t === 'spawn' && worker === workers().find((w) => w.command === 'scout')?.id,
      ),
    );
    await orchestra.until(
      'the scout is idle again',
      () => orchestra.events.filter(({ t }) => t === 'done').length === 3,
    );
    expect(states()).toEqual({ scout: ['teammate', 'idle'], smith: ['teammate', 'idle'] });
    expectNoneLost();
    terminal.type('/exit');
    await terminal.shows('/exit');
    terminal.type('\n');
    // the newest version asks, unless it counts nobody as running any more
    const asks = (): boolean => terminal?.screen().includes('Background work is running') === true;
    await orchestra.until('its question, or the end', (s) => asks() || s.conductor.state === 'ended');
    if (asks()) terminal.type('\n');
    await orchestra.until('the session has ended', (s) => s.conductor.state === 'ended');
    expect(workers().map(({ state }) => state)).toEqual(['lost', 'lost']);
  });
});

/** Ends what lives in the home of the test: the service that keeps sessions in the background outlives its sessions. */
function endAllOf(home: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOME=${home}`)) process.kill(Number(pid));
    } catch {
      // it has ended, or is another user's
    }
  }
}

test.runIf(process.platform === 'linux')('a session in the background is seen from its start to its end', async () => {
  orchestra = await Orchestra.open((turn) =>
    turn.index === 0
      ? { tools: [{ name: 'Bash', input: { command: 'sleep 1', description: 'wait' } }] }
      : { text: 'ok' },
  );
  const { project: cwd, home } = orchestra;
  const claude = (...args: string[]): string =>
    execFileSync(claudeBinary('newest'), args, { cwd, env: orchestra.env(), encoding: 'utf8', timeout: 60_000 });
  try {
    const [, job = ''] = /backgrounded · (\w+)/.exec(claude('--bg', 'go', '--allowedTools', 'Bash(sleep*)')) ?? [];
    await orchestra.until('its turn', (s) => s.conductor.state === 'working');
    await orchestra.until('the end of its turn', (s) => s.conductor.state === 'idle' && s.conductor.turn === 1);
    expect(orchestra.state.session.id?.startsWith(job)).toBe(true);
    const status = await orchestra.fermataIn(orchestra.env({ FERMATA_HOME: orchestra.fermataHome }), 'status');
    expect(status.stdout).toContain('Claude is idle in the background');
    claude('stop', job);
    await orchestra.until('its end', (s) => s.conductor.state === 'ended');
  } finally {
    endAllOf(home);
  }
});
