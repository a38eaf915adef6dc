import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { applyInstall, planInstall, uninstall } from '#core/install/installer.ts';
import type { ClaudeVersion } from '#test/lib/claudeHome.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import type { Script } from '#test/lib/modelServer.ts';
import { openTerminalClaude, type TerminalClaude } from '#test/lib/terminal.ts';
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

const PATIENCE_MS = 180_000;
const bash = (step: number): Reply => ({
  tools: [{ name: 'Bash', input: { command: `echo step-${step}`, description: 'step' } }],
  inputTokens: 5000,
});

/** Puts Fermata before the person's command; returns the settings file with its text before. */
function installStatusLine(own: string | undefined): { file: string; before: string } {
  const { home, fermataHome } = orchestra;
  const file = join(home, '.claude', 'settings.json');
  mkdirSync(join(file, '..'), { recursive: true });
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
  const before = `${JSON.stringify({ ...known, ...(own === undefined ? {} : { statusLine: { type: 'command', command: own } }) }, null, 3)}\n`;
  writeFileSync(file, before);
  const plan = planInstall({ home: fermataHome, userHome: home, scope: 'user', permissions: false, statusLine: true });
  if (!plan.ok) throw new Error(plan.problem.message);
  expect(applyInstall(plan)).toMatchObject({ ok: true, changed: true });
  return { file, before };
}

async function openTerminal(version: ClaudeVersion): Promise<TerminalClaude> {
  const { project: cwd, home, model } = orchestra;
  const args = ['--permission-mode', 'default'];
  terminal = await openTerminalClaude({ cwd, home, modelUrl: model.url, version, args, allowedTools: ['Bash'] });
  return terminal;
}

test.each<ClaudeVersion>(['pinned', 'newest'])(
  'in a terminal of Claude Code (%s) the person’s own status line shows as before, and its dollars hold the next call',
  async (version) => {
    const script: Script = (turn) => {
      // Claude Code hands figures over when it draws: some calls may have run by then
      const isOver = turn.index >= 40 || turn.newInput.includes('of $0.02');
      return isOver ? { text: turn.newInput } : bash(turn.index);
    };
    orchestra = await Orchestra.open(script, {
      settings: { 'hold.seconds': 0, 'budget.session': '$0.02' },
      installedFor: version,
    });
    const { file, before } = installStatusLine(`sed 's/.*"version":"\\([^"]*\\)".*/own line of \\1/'`);
    const claude = await openTerminal(version);
    await claude.shows(/own line of \d/, 60_000);
    await claude.ask('go on');
    await orchestra.until(
      'a call to be refused',
      (s) => [...s.blocks.values()].some((b) => b.deniedCount > 0),
      PATIENCE_MS,
    );
    const { cost } = orchestra.state.conductor;
    expect(cost).toMatchObject({ source: 'the status line' });
    expect(cost?.usd).toBeGreaterThanOrEqual(0.02);
    await claude.shows(/own line of \d/);
    await claude.exit(60_000);
    const options = { home: orchestra.fermataHome, userHome: orchestra.home, scope: 'user' } as const;
    expect(uninstall(options)).toMatchObject({ ok: true });
    expect(readFileSync(file, 'utf8')).toBe(before);
  },
  PATIENCE_MS,
);

test(
  'where the person has no status line, none is shown, and the figures are kept',
  async () => {
    orchestra = await Orchestra.open(() => ({ text: 'done', inputTokens: 5000 }), { installedFor: 'newest' });
    const rowsBelow = (screen: string): number =>
      screen.split('\n').length - screen.split('\n').findLastIndex((row) => /^[│\s]*[❯>]/.test(row));
    let claude = await openTerminal('newest');
    const without = rowsBelow(claude.screen());
    claude.kill();
    installStatusLine(undefined);
    claude = await openTerminal('newest');
    await claude.ask('hello');
    const usage = await orchestra.until('the figures', (s) => s.conductor.usage, 90_000);
    expect(usage).toMatchObject({ source: 'the status line', costUsd: expect.any(Number) as number });
    await waitFor(() => rowsBelow(claude.screen()) === without, { describe: 'the screen as it was' });
  },
  PATIENCE_MS,
);
