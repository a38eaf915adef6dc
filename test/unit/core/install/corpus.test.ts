import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getNodeValue, parseTree } from 'jsonc-parser';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { hookEntries, isFermataEntry } from '#core/install/entries.ts';
import { applyInstall, planInstall, uninstall, type InstallOptions } from '#core/install/installer.ts';
import { sha256 } from '#core/install/installRecord.ts';
import { hooksIn, settingsFacts } from '#core/install/settings/settingsFacts.ts';
import { EDITABLE, REFUSED } from '#test/lib/settingsCorpus.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let options: InstallOptions;
let file: string;

beforeEach(() => {
  const root = tempDir();
  const projectDir = join(root, 'project');
  mkdirSync(join(projectDir, '.claude'), { recursive: true });
  options = { home: join(root, '.fermata'), userHome: root, scope: 'local', projectDir, permissions: true };
  file = join(projectDir, '.claude', 'settings.local.json');
});

function install() {
  const plan = planInstall(options);
  return plan.ok ? applyInstall(plan) : { ...plan, message: '' };
}

/** The number of our entries in a text, all other entries, and a hash of the rest (it may have megabytes). */
function contents(text: string): { ours: number; theirs: unknown[]; rest: string } {
  const root = parseTree(text.replace(/^\uFEFF/, ''), [], { allowTrailingComma: true });
  const value = (root === undefined ? {} : getNodeValue(root)) as Record<string, unknown>;
  const isOurs = isFermataEntry(options.home);
  const all = hooksIn(value);
  const { hooks: _hooks, permissions: _permissions, ...rest } = value;
  return {
    ours: all.filter(({ hook }) => isOurs(hook)).length,
    theirs: all.filter(({ hook }) => !isOurs(hook)),
    rest: sha256(JSON.stringify(rest)),
  };
}

describe.each(EDITABLE)('$name', ({ text: before, read }) => {
  test('is edited without loss, once, and is the same again to the byte', () => {
    writeFileSync(file, before, { mode: 0o640 });
    const installed = install();
    expect(installed).toMatchObject({ ok: true, changed: true });
    const after = readFileSync(file, 'utf8');
    expect(contents(after)).toEqual({ ...contents(before), ours: Object.values(hookEntries(options)).flat().length });
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(installed.ok && readFileSync(installed.backup ?? '', 'utf8') === before).toBe(true);

    expect(install()).toMatchObject({ ok: true, changed: false });
    expect(readFileSync(file, 'utf8') === after).toBe(true);

    expect(uninstall(options)).toMatchObject({ ok: true, changed: true });
    expect(readFileSync(file, 'utf8') === before).toBe(true);
    expect(readdirSync(join(file, '..'))).toEqual(['settings.local.json']);
    expect(readdirSync(join(options.home, 'installs'))).toEqual([]);
  });

  test(`is ${read ? 'read' : 'ignored'} by Claude Code, and that is ${read ? 'no news' : 'said'}`, () => {
    writeFileSync(file, before);
    const outcome = install();
    expect(outcome.ok && outcome.notes).toEqual(
      read
        ? []
        : [
            expect.stringMatching(
              /^(Claude Code (before [\d.]+ )?ignores|Some versions of Claude Code ignore) this whole file/,
            ),
          ],
    );
    const facts = settingsFacts({ ...options, claude: '2.1.197' }, isFermataEntry(options.home)).find(
      ({ scope }) => scope === 'local',
    );
    expect(facts).toMatchObject({ state: read ? 'read' : 'ignored', ours: true });
  });
});

describe.each(REFUSED)('$name', ({ text, message, line, column }) => {
  test('is refused, untouched, and named', () => {
    writeFileSync(file, text);
    expect(planInstall(options)).toEqual({ ok: false, problem: { message, file, line, column } });
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(existsSync(options.home)).toBe(false);
  });
});

test('a file that the hooks would push over 2 MiB is refused: Claude Code would ignore it, permission rules and all', () => {
  const text = JSON.stringify({ note: 'y'.repeat(2 * 1024 * 1024 - 100) });
  writeFileSync(file, text);
  expect(install()).toMatchObject({ ok: false, problem: { message: expect.stringContaining('over 2 MiB') } });
  expect(readFileSync(file, 'utf8')).toBe(text);
});
