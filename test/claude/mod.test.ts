import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { installMod, modFolder, removeMod } from '#core/install/mod/modFolder.ts';
import { listSessions } from '#core/session/info.ts';
import { modVersion } from '#core/session/modSign.ts';
import { claudeBinary } from '#test/lib/claudeHome.ts';
import { withManagedSettings } from '#test/lib/managedSettings.ts';
import type { Turn } from '#test/lib/modelServer.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import { Orchestra, type OrchestraOptions } from '#test/lib/orchestra.ts';
import { openTerminalClaude, type TerminalClaude } from '#test/lib/terminal.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { canMount } from '#test/lib/stress/fullDisk.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let orchestra: Orchestra;
let terminal: TerminalClaude | undefined;
afterEach(async () => {
  terminal?.kill();
  terminal = undefined;
  await orchestra?.close();
  removeTempDirs();
});

const place = () => ({ home: orchestra.fermataHome, config: join(orchestra.home, '.claude') });

/** A project with the hooks and the plugin. */
async function openWithMod(
  script: (turn: Turn) => Reply | Promise<Reply>,
  options: OrchestraOptions = {},
  change: (module: string) => string = (module) => module,
): Promise<void> {
  orchestra = await Orchestra.open(script, { installedFor: 'newest', ...options });
  const module = change(readFileSync(homePaths(orchestra.fermataHome).modModule, 'utf8'));
  expect(installMod({ ...place(), module, version: '1.2.3' })).toMatchObject({ ok: true });
}

async function openTerminal(args: string[] = []): Promise<TerminalClaude> {
  const { project: cwd, home, model } = orchestra;
  terminal = await openTerminalClaude({
    cwd,
    home,
    modelUrl: model.url,
    version: 'newest',
    args: ['--permission-mode', 'default', ...args],
    allowedTools: ['Bash', 'Agent'],
  });
  return terminal;
}

const runs = (): Promise<unknown> =>
  waitFor(() => orchestra.sessions > 0 && modVersion(orchestra.dir, Date.now()) === '1.2.3', {
    describe: 'the sign of life of the plugin',
    timeoutMs: 100_000,
  });

/** What the doctor finds, as if that version were the one on PATH. */
async function doctor(): Promise<string> {
  const env = { FERMATA_HOME: orchestra.fermataHome };
  writeFileSync(
    join(orchestra.fermataHome, 'settings.json'),
    JSON.stringify({ claudePath: claudeBinary('newest'), 'hold.seconds': 3600 }),
  );
  return (await orchestra.fermataIn(orchestra.env(env), 'doctor')).stdout;
}

const treeOf = (folder: string): [string, string][] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry): [string, string] => {
      const path = join(entry.parentPath, entry.name);
      return [path, readFileSync(path, 'utf8')];
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1));

/** A call of the Agent tool. */
const agentCall = (background: boolean): Reply => {
  const input = { description: 'walk', prompt: 'walk on', subagent_type: 'general-purpose' };
  return { tools: [{ name: 'Agent', input: { ...input, run_in_background: background } }] };
};

/** How many processes of this test's home wait to wake a session. */
function waiters(): number {
  const gate = join(orchestra.fermataHome, 'hooks', 'gate.sh');
  const all = execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).split('\n');
  return all.filter((line) => line.includes(`${gate} Wake `)).length;
}

const TO_THE_BAND = '\u0018\t';

describe('the plugin in Claude Code, newest version', () => {
  test('a band’s Release pressed by its key while the settings hook holds: the call runs', async () => {
    await openWithMod(
      (turn) => {
        if (turn.lastToolResults.length > 0) return { text: `the tool said ${turn.lastToolResults[0]?.text}` };
        orchestra.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'the tests still run' });
        return { tools: [{ name: 'Bash', input: { command: 'echo let through', description: 'e' } }] };
      },
      { settings: { 'hold.seconds': 3600 } },
    );
    const claude = await openTerminal();
    await runs();
    await claude.ask('make it');
    await orchestra.until('it is held', (s) => s.blocks.get('B1')?.holding.length === 1, 60_000);
    await claude.shows('the tests still run', 60_000);
    await claude.shows(/Bash .*echo let through/);
    await claude.shows('Release');
    await claude.shows(/\b([2-9]|\d\d) s\b/);
    await claude.shows('1 needs you');
    claude.type(TO_THE_BAND);
    claude.type('r');
    await claude.shows('the tool said let through', 60_000);
    await claude.hides('the tests still run');
    const released = orchestra.events.filter(({ t }) => t === 'unblock');
    expect(released).toEqual([expect.objectContaining({ by: 'user' })]);
    expect(readdirSync(sessionPaths(orchestra.dir).flags)).toEqual([]);
    expect(orchestra.state.blocks.get('B1')?.deniedCount).toBe(0);
  });

  test('after a turn the log has what Claude Code counts, with its source', async () => {
    await openWithMod(() => ({ text: 'counted', inputTokens: 5000 }));
    const live = orchestra.live({ version: 'newest' });
    await live.ask('hello');
    const usage = await orchestra.until('the figures', (s) => s.conductor.usage, 60_000);
    expect(usage).toMatchObject({ source: 'Claude Code', contextTokens: expect.any(Number) as number });
    expect(usage.contextTokens).toBeGreaterThanOrEqual(5000);
    expect(usage.contextWindow).toBeGreaterThan(100_000);
    expect(usage.costUsd).toBeGreaterThan(0);
    const { stdout } = await orchestra.fermata('user', 'status', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ usage: { costUsd: usage.costUsd, source: 'Claude Code' } });
    // nothing has changed since
    const reported = (): number => orchestra.events.filter(({ t }) => t === 'usage').length;
    expect(reported()).toBe(1);
    await live.end();
  });

  test('an agent that makes no call ends at once when the person stops it, and its parent is told', async () => {
    let answer = (): void => {};
    await openWithMod(
      async (turn) => {
        if (turn.subagent) {
          await new Promise<void>((resolve) => (answer = resolve));
          return { text: 'never wanted' };
        }
        return turn.lastToolResults.length > 0 ? { text: 'ok' } : agentCall(false);
      },
      { settings: { 'hold.seconds': 0 } },
    );
    const live = orchestra.live({ version: 'newest' });
    live.send('go');
    const id = await orchestra.until('the agent', (s) => [...s.workers.values()][0]?.id, 60_000);
    await runs();
    orchestra.publish({ t: 'abort', worker: id, by: 'user', word: 'enough of this' });
    await orchestra.until('its end', (s) => s.workers.get(id)?.state === 'aborted', 60_000);
    expect(orchestra.state.workers.get(id)?.problem).toBe('aborted by user: enough of this');
    await live.waitFor((event) => event.type === 'result', 60_000);
    expect(orchestra.events.some(({ t }) => t === 'denied')).toBe(false);
    await waitFor(() => orchestra.modelInputs.join('\n').includes('stopped by the person: enough of this'), {
      describe: 'the reason for its parent',
      timeoutMs: 100_000,
    });
    answer();
    await live.end();
  });

  test('the end of an agent that was interrupted, which no hook tells, has its reason', async () => {
    let answer = (): void => {};
    await openWithMod(async (turn) => {
      if (!turn.subagent) return turn.lastToolResults.length > 0 ? { text: 'ok' } : agentCall(false);
      await new Promise<void>((resolve) => (answer = resolve));
      return { text: 'never wanted' };
    });
    const live = orchestra.live({ version: 'newest' });
    live.send('go');
    const id = await orchestra.until('the agent', (s) => [...s.workers.values()][0]?.id, 60_000);
    await runs();
    live.control({ type: 'control_request', request_id: 'stop', request: { subtype: 'interrupt' } });
    const ended = await orchestra.until(
      'its end',
      (s) => (s.workers.get(id)?.endedTs === undefined ? undefined : s.workers.get(id)),
      60_000,
    );
    expect(ended).toMatchObject({ state: 'aborted', problem: 'stopped in Claude Code' });
    answer();
    await live.end();
  });

  test('an idle session is woken without a process that waits, and reads the news once', async () => {
    await openWithMod((turn) => ({ text: `answer ${turn.index}` }));
    const claude = await openTerminal();
    await claude.ask('hello');
    await claude.shows('answer 0');
    await runs();
    await waitFor(() => waiters() === 0, { describe: 'no process to wait', timeoutMs: 100_000 });
    expect((await orchestra.fermata('W1', 'inform', '--now', 'the data is ready')).code).toBe(0);
    await claude.shows('answer 1', 60_000);
    const inputs = orchestra.modelInputs.join('\n');
    expect(inputs).toContain('Fermata, from W1: the data is ready');
    expect(inputs.split('the data is ready')).toHaveLength(2);
    await orchestra.until('idle', (s) => s.conductor.state === 'idle');
    expect(orchestra.events.filter(({ reason }) => reason === 'woken')).toHaveLength(1);
    expect(orchestra.events.filter(({ t, from }) => t === 'prompt' && from === 'wake')).toHaveLength(1);
    expect(orchestra.state.conductor.turn).toBe(2);
    expect(waiters()).toBe(0);
    expect(await claude.exit()).toBe(0);
    await waitFor(() => modVersion(orchestra.dir, Date.now()) === undefined, { describe: 'no sign of life' });
  });

  test('a vote that waits for the person is drawn', async () => {
    await openWithMod(() => ({ text: 'ok' }));
    const claude = await openTerminal();
    await claude.ask('hello');
    await claude.shows('ok');
    await runs();
    orchestra.publish({ t: 'ballot', ballot: 'ship', by: 'W1', question: 'Ship it today?', voters: ['W1', 'user'] });
    await claude.shows(/Ship it today\? \(proceed, abort\)/, 60_000);
    orchestra.publish({ t: 'vote', worker: 'user', ballot: 'ship', decision: 'proceed' });
    await claude.hides('Ship it today?', 60_000);
    expect(await claude.exit()).toBe(0);
  });

  test('it tells that it runs, in a session that a program drives, too; removed, it is gone at once and without a trace', async () => {
    await openWithMod(() => ({ text: 'ok' }));
    const folder = modFolder(place());
    const before = treeOf(folder);
    const live = orchestra.live({ version: 'newest' });
    await live.ask('hello');
    await runs();
    const claude = await openTerminal();
    const running = () => listSessions(orchestra.fermataHome).filter(({ dir }) => modVersion(dir, Date.now()));
    await waitFor(() => running().length === 2, { describe: 'two signs of life', timeoutMs: 100_000 });
    expect(await doctor()).toContain('The plugin in Claude Code runs (version 1.2.3, in 2 of 2 sessions).');
    expect(treeOf(folder)).toEqual(before);
    await claude.ask('hello');
    await claude.shows('ok');

    expect(removeMod(place())).toMatchObject({ ok: true, changed: true });
    expect(existsSync(join(orchestra.home, '.claude', 'skills'))).toBe(false);
    for (const { dir } of listSessions(orchestra.fermataHome))
      await waitFor(() => modVersion(dir, Date.now()) === undefined, {
        describe: 'no sign of life',
        timeoutMs: 100_000,
      });
    await claude.ask('still there?');
    await waitFor(() => orchestra.modelInputs.some((text) => text.includes('still there?')), { describe: 'a turn' });
    expect(await claude.exit()).toBe(0);
    await live.end();
  });

  test('switched off by the person it does not run, and the doctor says so', async () => {
    await openWithMod(() => ({ text: 'ok' }));
    const settings = join(orchestra.home, '.claude', 'settings.json');
    writeFileSync(settings, JSON.stringify({ enabledPlugins: { 'fermata@skills-dir': false } }));
    const live = orchestra.live({ version: 'newest' });
    await live.ask('hello');
    await live.ask('and again');
    expect(existsSync(sessionPaths(orchestra.dir).mod)).toBe(false);
    expect(await doctor()).toMatch(/The plugin in Claude Code does not run: it is switched off in .*settings.json/);
    await live.end();
  });

  test.skipIf(!canMount()).each([
    [true, 'does not run: an administrator’s settings let only managed plugins run'],
    [false, 'The plugin in Claude Code runs'],
  ])(
    'managed plugins only, by an administrator: %s; the hooks run all the same, and the doctor finds: %s',
    async (only, found) => {
      await openWithMod(() => ({ text: 'ok' }));
      const options = { allowManagedModsOnly: only };
      const settings = { pluginConfigs: { 'cc-plugin-sec-default@builtin': { options } } };
      const { wrapper } = withManagedSettings(orchestra.root, '/usr/bin/env', settings);
      const claude = join(orchestra.root, 'claude');
      writeFileSync(claude, `#!/bin/sh\nexec '${wrapper}' '${claudeBinary('newest')}' "$@"\n`, { mode: 0o755 });
      vi.stubEnv('FERMATA_TEST_CLAUDE', claude);
      try {
        const live = orchestra.live();
        await live.ask('hello');
        if (!only) await runs();
        await live.ask('and again');
        expect(modVersion(orchestra.dir, Date.now())).toBe(only ? undefined : '1.2.3');
        const env = orchestra.env({ FERMATA_HOME: orchestra.fermataHome });
        const own = JSON.stringify({ claudePath: claudeBinary('newest') });
        writeFileSync(join(orchestra.fermataHome, 'settings.json'), own);
        const { stdout } = spawnSync(wrapper, [orchestra.cli, 'doctor'], {
          env,
          cwd: orchestra.project,
          encoding: 'utf8',
        });
        expect(stdout).toContain(found);
        await live.end();
      } finally {
        vi.unstubAllEnvs();
      }
    },
  );

  test('what a version does not know is missing alone: the rest goes on', async () => {
    const unknown = ['$.agent.list', '$.fs.stat', '$.session.usage', '$.tool.call', '$.prompt.submit'];
    await openWithMod(
      () => ({ text: 'ok' }),
      {},
      (module) =>
        unknown.reduce((text, call) => {
          expect(text).toContain(`${call}(`);
          return text.replaceAll(`${call}(`, `${call.replace(/\w+$/, 'unheardOf')}(`);
        }, module),
    );
    const claude = await openTerminal();
    await claude.ask('hello');
    await claude.shows('ok');
    await runs();
    orchestra.publish({ t: 'ballot', ballot: 'ship', by: 'W1', question: 'Ship it today?', voters: ['user'] });
    await claude.shows('Ship it today?', 60_000);
    expect(orchestra.events.some(({ t }) => t === 'usage')).toBe(false);
    expect(await claude.exit()).toBe(0);
  });

  test('its module fits the declarations of that version, which names all that it takes', async () => {
    await openWithMod(() => ({ text: 'ok' }));
    const source = join(orchestra.root, 'source');
    cpSync(modFolder(place()), source, { recursive: true });
    writeFileSync(join(source, 'hooks', 'hooks.json'), JSON.stringify({ modules: ['./register.ts'] }));
    for (const name of ['register.ts', 'sessionView.ts'])
      cpSync(join(repoRoot, 'hooks', 'mod', name), join(source, 'hooks', name));
    const reports = [modFolder(place()), source].map((folder) => {
      const args = ['plugin', 'validate', '--json', folder];
      const out = execFileSync(claudeBinary('newest'), args, { env: orchestra.env(), encoding: 'utf8' });
      return JSON.parse(out) as { success: boolean; contents: { warnings: { message: string }[] }[] };
    });
    expect(reports.map(({ success }) => success)).toEqual([true, true]);
    const messages = reports.flatMap(({ contents }) => contents.flatMap(({ warnings }) => warnings));
    // the source names its files as a bundler wants it
    expect(messages.filter(({ message }) => !message.includes('TS5097'))).toEqual([]);
  });
});

describe.each(['oldest', 'pinned'] as const)('the plugin in Claude Code, %s version', (version) => {
  test('does nothing and harms nothing: the hooks hold as without it, and no warning is shown', async () => {
    await openWithMod(
      (turn) => {
        if (turn.lastToolResults.length > 0) return { text: `the tool said ${turn.lastToolResults[0]?.text}` };
        orchestra.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'no more of this' });
        return { tools: [{ name: 'Bash', input: { command: 'echo let through', description: 'e' } }] };
      },
      { settings: { 'hold.seconds': 0 }, installedFor: version },
    );
    const before = treeOf(modFolder(place()));
    const { project: cwd, home, model } = orchestra;
    terminal = await openTerminalClaude({ cwd, home, modelUrl: model.url, version, allowedTools: ['Bash'] });
    expect(terminal.screen()).not.toMatch(/fermata@|plugin|warn|error/i);
    await terminal.ask('make it');
    await terminal.shows('no more of this', 60_000);
    expect(terminal.screen()).not.toContain('Release');
    expect(await terminal.exit()).toBe(0);
    const run = await orchestra.run('hello', { version });
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(existsSync(sessionPaths(orchestra.dir).mod)).toBe(false);
    expect(treeOf(modFolder(place()))).toEqual(before);
    expect(removeMod(place()).ok).toBe(true);
    expect(existsSync(join(home, '.claude', 'skills'))).toBe(false);
  });
});
