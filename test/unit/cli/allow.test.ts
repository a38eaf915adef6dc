import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isApproved } from '#core/plans/rules/approval.ts';
import { projectRules } from '#core/plans/rules/rulesFile.ts';
import { Stage } from '#test/lib/fermata.ts';
import { fermata } from '#test/lib/inProcess.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

// What a person approves is what runs: nothing in it hides, moves or ends the line that is read.

afterAll(removeTempDirs);

/** Right-to-left, zero-width, a tag, a line separator, an escape sequence, a line break. */
const HIDING = ['\u202e', '\u200b', '\u{e0041}', '\u2028', '\u001b[8m', '\n'];

function staged(rules: object[]): Stage {
  const stage = new Stage();
  mkdirSync(join(stage.project, '.fermata'));
  writeFileSync(join(stage.project, '.fermata', 'rules.json'), JSON.stringify({ version: 1, rules }));
  return stage;
}
const rule = (run: string[], name = 'a') => ({ name, prompt: 'go', workers: [{ run }] });

test.each(HIDING)('a command with %j is shown with it written out, and so is the name of its rule', async (hiding) => {
  const stage = staged([rule(['echo', `x${hiding}y`]), { ...rule(['true'], `r${hiding}s`), prompt: 7 }]);
  for (const options of [[], ['--json']]) {
    const { code, out, err } = await fermata(stage, {}, 'allow', ...options);
    expect(code).toBe(0);
    const shown = options.length === 0 ? out + err : err;
    expect(shown).toContain('⟨U+');
    expect(shown).toMatch(/cannot work/);
    for (const line of shown.split('\n')) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
    expect(shown.split('\n').filter((line) => line.startsWith('y') || line.startsWith('s'))).toEqual([]);
  }
});

test('what is shown is approved, for this folder and this text, and revoked again', async () => {
  const stage = staged([rule(['echo', 'one'])]);
  const [text] = projectRules(stage.project, {});
  const approved = (): boolean => isApproved(stage.home, stage.project, text?.sha256 ?? '');
  const shown = await fermata(stage, {}, 'allow');
  expect(shown.out).toContain('echo one');
  expect(shown.out).toContain(`approved for ${stage.project}`);
  expect(approved()).toBe(true);
  expect((await fermata(stage, {}, 'allow')).out).toContain('approved already');
  await fermata(stage, {}, 'allow', '--revoke');
  expect(approved()).toBe(false);
});

test('a dry run approves nothing', async () => {
  const stage = staged([rule(['echo', 'one'])]);
  const [text] = projectRules(stage.project, {});
  expect(await fermata(stage, {}, 'allow', '--try', 'go')).toMatchObject({ code: 0 });
  expect(isApproved(stage.home, stage.project, text?.sha256 ?? '')).toBe(false);
});
