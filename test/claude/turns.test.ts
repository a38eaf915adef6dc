import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { homePaths } from '#core/base/paths.ts';
import { SessionList } from '#extension/sessions/sessionList.ts';
import { SessionStore } from '#extension/sessions/sessionStore.ts';
import { TranscriptSessions } from '#extension/sessions/transcriptSessions.ts';
import type { ClaudeVersion } from '#test/lib/claudeHome.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { sized } from '#test/lib/stress/size.ts';
import { openTerminalClaude, type TerminalClaude } from '#test/lib/terminal.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let orchestra: Orchestra;
let terminal: TerminalClaude | undefined;
const open: { dispose(): void }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) each.dispose();
  terminal?.kill();
  terminal = undefined;
  await orchestra?.close();
  removeTempDirs();
});

const TOOLS = ['Agent', 'Bash(sleep*)', 'Bash(until*)', 'Bash(touch*)'];
const bash = (command: string, more: object = {}) => ({
  tools: [{ name: 'Bash', input: { command, description: 'run', ...more } }],
});
const quick = { settings: { 'hold.seconds': 0 } };

/** A window that watches the project. What it sees before it would look by itself, a watch has shown to it. */
async function openWindow(): Promise<SessionList> {
  const { fermataHome: home, project } = orchestra;
  const config = join(orchestra.home, '.claude');
  mkdirSync(join(config, 'sessions'), { recursive: true });
  const settings = () => ({
    'watch.polling': 'auto' as const,
    'workers.silentSeconds': 120,
    collisions: 'off' as const,
  });
  const onError = (error: unknown): never => {
    throw error;
  };
  const trusted = (): boolean => true;
  const roots = (): string[] => [project];
  const store = new SessionStore({ home, roots, settings, trusted, superviseWorkers: async () => {}, onError });
  const sessions = homePaths(home).sessions;
  const transcriptSessions = new TranscriptSessions({
    config,
    sessions,
    roots,
    now: Date.now,
    describeHookProblem: () => '',
  });
  const claudeSessions = join(config, 'sessions');
  const polling = { sessionsMs: 600_000, transcriptsMs: 500 };
  const list = new SessionList({ store, transcriptSessions, settings, trusted, claudeSessions, polling, onError });
  open.push(list, store);
  await store.start();
  list.start();
  return list;
}

/**
 * How long after Claude Code's own sign of an interruption the log has the end of the turn: its line in the transcript, or, where
 * that is earlier, the status of the session.
 */
async function endDelay(): Promise<number> {
  await orchestra.until('the turn is over', (s) => s.conductor.state === 'idle');
  const path = orchestra.state.session.transcript ?? '';
  const interrupted = (): number | undefined => {
    const line = readFileSync(path, 'utf8')
      .split('\n')
      .findLast((text) => text.includes('[Request interrupted by user'));
    return line === undefined ? undefined : Date.parse((JSON.parse(line) as { timestamp: string }).timestamp);
  };
  const signMs = await waitFor(interrupted, { describe: 'the interruption in the transcript' });
  const { ts } = orchestra.events.findLast(({ t }) => t === 'turn') ?? {};
  return Number(ts) - signMs;
}
/** Waits until the call is running whose command makes this file. */
const runs = (name: string): Promise<unknown> =>
  waitFor(() => existsSync(join(orchestra.project, name)), { describe: `the call that makes ${name}` });
/** The delay on a quiet machine is below 200 ms; this one may be busy. Without any watch it is up to ten minutes. */
const SOON_MS = 90_000;

const VERSIONS = sized<ClaudeVersion[]>(['pinned', 'newest'], ['oldest', 'pinned', 'newest']);

describe.each(VERSIONS)('in a terminal, Claude Code %s', (version) => {
  test('an interrupted turn is over at once, also while a background agent works on', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    orchestra = await Orchestra.open(async (turn) => {
      if (turn.subagent) {
        await released;
        return { text: 'found it' };
      }
      const agent = { description: 'look', prompt: 'look', subagent_type: 'general-purpose', run_in_background: true };
      if (turn.lastUserText.includes('with an agent')) return { tools: [{ name: 'Agent', input: agent }] };
      if (turn.lastToolResults[0]?.name === 'Agent') return bash('touch second; sleep 60');
      return turn.lastUserText.includes('go') ? bash('touch first; sleep 60') : { text: 'ok' };
    }, quick);
    const { project: cwd, home, model } = orchestra;
    const args = ['--permission-mode', 'default'];
    terminal = await openTerminalClaude({ cwd, home, modelUrl: model.url, version, allowedTools: TOOLS, args });
    await openWindow();
    await terminal.ask('go');
    await runs('first');
    terminal.type('\u001b');
    const alone = await endDelay();
    await terminal.ask('with an agent');
    await runs('second');
    await orchestra.until('the agent', (s) => s.conductor.state === 'working' && s.workers.size === 1);
    terminal.type('\u001b');
    const withAgent = await endDelay();
    console.log(`an interruption is in the log after ${alone} ms; beside a background agent after ${withAgent} ms`);
    expect(Math.max(alone, withAgent)).toBeLessThan(SOON_MS);
    release();
  });
});

test('driven by a program, an interrupted turn is over at once, and an answered permission is gone before its call is done', async () => {
  orchestra = await Orchestra.open((turn) => (turn.index === 0 ? bash('touch x; sleep 60') : { text: 'ok' }), quick);
  const args = ['--permission-prompt-tool', 'stdio'];
  const claude = orchestra.live({ version: 'newest', allowedTools: ['Bash(sleep*)'], args });
  await openWindow();
  claude.send('go');
  const asked = await claude.waitFor(({ type }) => type === 'control_request');
  await orchestra.until('it is asked', (s) => s.asks.size === 1);
  const { request_id, request } = asked as unknown as { request_id: string; request: { input: object } };
  const response = { behavior: 'allow', updatedInput: request.input };
  claude.control({ type: 'control_response', response: { subtype: 'success', request_id, response } });
  await orchestra.until('it is answered', (s) => s.asks.size === 0 && s.conductor.state === 'working');
  await runs('x');
  claude.control({ type: 'control_request', request_id: 'r1', request: { subtype: 'interrupt' } });
  const afterMs = await endDelay();
  console.log(`an interruption by a program is in the log after ${afterMs} ms`);
  expect(afterMs).toBeLessThan(SOON_MS);
  claude.kill();
});

test.each(VERSIONS)('a turn that another hook ends is over at once, Claude Code %s', async (version) => {
  orchestra = await Orchestra.open((turn) => (turn.index === 0 ? bash('touch x') : { text: 'never' }), quick);
  const path = join(orchestra.project, '.claude/settings.local.json');
  const settings = JSON.parse(readFileSync(path, 'utf8')) as { hooks: Record<string, unknown[]> };
  const command = `echo '{"continue":false,"stopReason":"theirs: enough"}'`;
  settings.hooks['PostToolBatch'] = [
    ...(settings.hooks['PostToolBatch'] ?? []),
    { hooks: [{ type: 'command', command }] },
  ];
  writeFileSync(path, JSON.stringify(settings));
  const claude = orchestra.live({ version, allowedTools: TOOLS });
  await openWindow();
  await claude.ask('go');
  await orchestra.until('the turn is over', (s) => s.conductor.turn === 1 && s.conductor.state === 'idle', SOON_MS);
  expect(orchestra.modelInputs).toHaveLength(1);
  await claude.end();
});

describe.each(['pinned', 'newest'] as const)('prompts that no person typed, Claude Code %s', (version) => {
  test('start no rule, and are named', async () => {
    orchestra = await Orchestra.open((turn) => {
      if (turn.lastUserText.includes('begin'))
        return bash(`until [ -e ${join(orchestra.project, 'over')} ]; do sleep 0.1; done`, { run_in_background: true });
      return { text: 'ok' };
    }, quick);
    const claude = orchestra.live({ version, allowedTools: TOOLS });
    await claude.ask('begin');
    orchestra.writeApprovedRules({
      version: 1,
      rules: [{ name: 'r', prompt: 'completed', workers: [{ task: 'never', run: ['true'] }] }],
    });
    writeFileSync(join(orchestra.project, 'over'), '');
    await waitFor(() => orchestra.events.some(({ from }) => from === 'task'), { describe: 'the end of the shell' });
    await orchestra.until('the turn is over', (s) => s.conductor.state === 'idle');
    expect(orchestra.events.filter(({ t }) => t === 'plan')).toEqual([]);
    const prompts = orchestra.events.filter(({ t }) => t === 'prompt').map(({ from }) => from);
    expect(prompts).toEqual([undefined, 'task']);
    await claude.end();
  });

  test('a prompt typed while Claude is busy is part of its turn', async () => {
    let typed = (): void => undefined;
    const wasTyped = new Promise<void>((resolve) => (typed = resolve));
    orchestra = await Orchestra.open(async (turn) => {
      if (turn.index === 0) await wasTyped;
      return turn.index === 0 ? bash('sleep 1') : { text: 'ok' };
    }, quick);
    const claude = orchestra.live({ version, allowedTools: TOOLS });
    claude.send('go');
    await orchestra.until('its turn', (s) => s.conductor.state === 'working');
    claude.send('and this, too');
    typed();
    await orchestra.until('the turn is over', (s) => s.conductor.state === 'idle');
    if (version === 'newest') expect(orchestra.state.conductor.turn).toBe(1);
    expect(orchestra.events.filter(({ t }) => t === 'prompt').length).toBeLessThanOrEqual(2);
    await claude.end();
  });
});
