import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { SINCE } from '#core/claude/versions.ts';
import type { ClaudeVersion } from '#test/lib/claudeHome.ts';
import { claudeIsAtLeast } from '#test/lib/claudeVersion.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

const GUARD = {
  t: 'hook' as const,
  worker: 'W1',
  event: 'PreToolUse',
  exit: 2,
  stderr: 'the tests still run',
  match: { tool: 'Bash', command: 'git push*' },
};

test.each<ClaudeVersion>(['oldest', 'pinned', 'newest'])(
  'skill commands: a guard on git push holds for a slash command, too, where Claude Code asks about that (%s)',
  async (version) => {
    orchestra = await Orchestra.open(() => ({ text: 'done' }), {
      settings: { 'hold.seconds': 0 },
      installedFor: version,
    });
    const { project, root } = orchestra;
    const pushed = join(root, 'pushed');
    const stub = join(root, 'bin', 'git');
    mkdirSync(join(root, 'bin'));
    writeFileSync(stub, `#!/bin/sh\n[ "$1" != push ] || echo "$@" >> '${pushed}'\n`);
    chmodSync(stub, 0o755);
    mkdirSync(join(project, '.claude', 'commands'));
    writeFileSync(
      join(project, '.claude', 'commands', 'ship.md'),
      '---\nallowed-tools: Bash(git push:*)\n---\nShip it.\n\n!`git push origin main`\n\nThen say done.\n',
    );
    const live = orchestra.live({ version, env: { PATH: [join(root, 'bin'), process.env['PATH']].join(delimiter) } });
    await live.ask('hello');

    orchestra.publish(GUARD, {
      t: 'hook',
      worker: 'W1',
      event: 'PreToolUse',
      exit: 0,
      message: 'news for the next call',
    });
    await live.ask('/ship');
    expect(existsSync(pushed)).toBe(!claudeIsAtLeast(SINCE.asksAboutSkillCommands, version));
    if (claudeIsAtLeast(SINCE.asksAboutSkillCommands, version)) {
      const read = orchestra.modelInputs.at(-1) ?? '';
      expect(read).toMatch(/Ship it\.\s+\[not run: blocked by hook: .*the tests still run/s);
      expect(read).not.toContain('gate.sh');
      expect(read).not.toContain('news for the next call');
      expect(orchestra.events.find(({ t }) => t === 'denied')).toMatchObject({
        block: 'B1',
        tool: 'Bash',
        summary: 'git push origin main',
      });
      // information waits for a call that can pass it on
      expect([...orchestra.state.notes.values()].map(({ deliveredBy }) => deliveredBy)).toEqual([undefined]);
    }

    rmSync(pushed, { force: true });
    orchestra.publish({ t: 'unblock', block: 'B1', by: 'W1' });
    await live.ask('/ship');
    expect(existsSync(pushed)).toBe(true);
    if (claudeIsAtLeast(SINCE.asksAboutSkillCommands, version)) {
      rmSync(pushed);
      orchestra.settings({ 'hold.seconds': 60 });
      orchestra.publish(GUARD);
      live.send('/ship');
      await orchestra.until('the held line', () => orchestra.events.some(({ t }) => t === 'held'));
      expect(existsSync(pushed)).toBe(false);
      orchestra.publish({ t: 'unblock', block: 'B2', by: 'W1' });
      await waitFor(() => existsSync(pushed), { describe: 'the held line to run', timeoutMs: 120_000 });
    }
    expect(await live.end()).toBe(0);
  },
);
