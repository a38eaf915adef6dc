import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { homePaths } from '#core/base/paths.ts';
import { SINCE } from '#core/claude/versions.ts';
import { applyInstall, planInstall, uninstall, type InstallOptions } from '#core/install/installer.ts';
import type { ClaudeVersion } from '#test/lib/claudeHome.ts';
import { claudeIsAtLeast } from '#test/lib/claudeVersion.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { sendSignal } from '#test/lib/sendSignal.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

const BLOCK = { t: 'hook' as const, worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not yet' };

/**
 * A project with the setting failClosed, and a Claude that writes a file once `before` has happened. The entries are those
 * for the newest Claude Code, whichever runs: a settings file may be read by several.
 */
async function open(before: () => void): Promise<{ made: string; settings: string; location: InstallOptions }> {
  orchestra = await Orchestra.open(
    ({ index }) => {
      if (index > 0) return { text: 'done' };
      before();
      return { tools: [{ name: 'Write', input: { file_path: join(orchestra.project, 'made.txt'), content: 'x' } }] };
    },
    { settings: { 'hold.seconds': 60 } },
  );
  const { home, fermataHome, project } = orchestra;
  writeFileSync(homePaths(fermataHome).failClosed, '');
  const location = {
    home: fermataHome,
    scope: 'local',
    projectDir: project,
    userHome: home,
    permissions: true,
  } as const;
  const plan = planInstall(location);
  if (!plan.ok || !applyInstall(plan).ok) throw new Error('not installed');
  const settings = join(project, '.claude', 'settings.local.json');
  expect(readFileSync(settings, 'utf8')).toContain('"onFailure": "block"');
  return { made: join(project, 'made.txt'), settings, location };
}

/** The processes of the hook that looks at the call: the gate, and the program that it started. */
const hookProcesses = (): number[] =>
  readdirSync('/proc').flatMap((name) => {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      return command.includes(orchestra.fermataHome) && command.includes('PreToolUse') ? [Number(name)] : [];
    } catch {
      return []; // no process, or gone
    }
  });

const gate = (): string => join(orchestra.fermataHome, 'hooks', 'gate.sh');

describe.each<ClaudeVersion>(['pinned', 'newest'])('fail closed: on the Claude Code %s', (version) => {
  const write = () => orchestra.run('write', { version });
  const refuses = () => claudeIsAtLeast(SINCE.refusesOnFailure, version);

  test('a call that nothing blocks runs', async () => {
    const { made } = await open(() => undefined);
    await write();
    expect(existsSync(made)).toBe(true);
  });

  test('a hook that is killed refuses its call, as far as Claude Code knows that', async () => {
    const { made } = await open(() => orchestra.publish(BLOCK));
    const running = write();
    await waitFor(() => orchestra.sessions > 0 && orchestra.events.some(({ t }) => t === 'held'), {
      describe: 'the call is held',
      timeoutMs: 120_000,
    });
    // stopped first, so that the gate does not answer for its program
    const pids = hookProcesses();
    for (const signal of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of pids) sendSignal(pid, signal);
    await running;
    expect(existsSync(made)).toBe(!refuses());
    if (!refuses()) return;
    expect(orchestra.modelInputs.at(-1)).toContain('failed; blocking because onFailure is "block"');
    expect(orchestra.modelInputs.at(-1)).toContain('run fermata doctor, or delete fail-closed');
  });

  test('so does one that runs out of time', async () => {
    const { made, settings } = await open(() => orchestra.publish(BLOCK));
    const text = readFileSync(settings, 'utf8');
    const short = text.replace(/("PreToolUse",\s+"86400"\s+\],\s+"timeout": )86400/, '$13');
    expect(short).not.toBe(text);
    writeFileSync(settings, short);
    await write();
    expect(existsSync(made)).toBe(!refuses());
    if (refuses()) expect(orchestra.modelInputs.at(-1)).toContain('timed out; blocking because onFailure is "block"');
  });

  test('so does one that is missing, in every version', async () => {
    const { made } = await open(() => rmSync(gate()));
    await write();
    expect(existsSync(made)).toBe(false);
    expect(orchestra.modelInputs.at(-1)).toContain(`There is no ${gate()}`);
  });

  test.each([
    ['the home is gone', () => rmSync(orchestra.fermataHome, { recursive: true })],
    [
      'the gate is missing and the file that refuses is deleted, as the refusal says',
      () => [gate(), homePaths(orchestra.fermataHome).failClosed].forEach((path) => rmSync(path)),
    ],
  ])('nobody is locked out: once %s, calls run', async (_name, before) => {
    const { made } = await open(before);
    await write();
    expect(existsSync(made)).toBe(true);
  });
});

describe('fail closed: and uninstalled', () => {
  test('the hooks are taken out with the key, and then a missing gate refuses nothing', async () => {
    const { made, settings, location } = await open(() => rmSync(gate()));
    expect(uninstall(location)).toMatchObject({ ok: true, changed: true });
    expect(existsSync(settings)).toBe(false);
    await orchestra.run('write', { version: 'newest' });
    expect(existsSync(made)).toBe(true);
  });
});
