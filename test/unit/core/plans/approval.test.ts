import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { approve, approvedTexts, isApproved, revoke } from '#core/plans/rules/approval.ts';
import { rulesForPrompt } from '#core/plans/rules/promptRules.ts';
import { projectRules, readRulesFile, settingRules } from '#core/plans/rules/rulesFile.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

function stage(): { home: string; project: string; rules: string } {
  const root = tempDir();
  const project = join(root, 'project');
  mkdirSync(join(project, '.fermata'), { recursive: true });
  const rules = join(project, '.fermata', 'rules.json');
  writeFileSync(
    rules,
    JSON.stringify({ version: 1, rules: [{ name: 'a', prompt: 'go', workers: [{ run: ['true'] }] }] }),
  );
  return { home: join(root, 'home'), project, rules };
}

describe('approval', () => {
  it('counts for these bytes in this project, by its real path', () => {
    const { home, project, rules } = stage();
    const text = readRulesFile(project);
    expect(isApproved(home, project, text?.sha256 ?? '')).toBe(false);
    approve(home, project, text?.sha256 ?? '');
    expect(isApproved(home, project, text?.sha256 ?? '')).toBe(true);
    const link = `${project}-link`;
    symlinkSync(project, link);
    expect(isApproved(home, link, text?.sha256 ?? '')).toBe(true);
    expect(isApproved(home, tempDir(), text?.sha256 ?? '')).toBe(false);
    writeFileSync(rules, `${readFileSync(rules, 'utf8')}\n`);
    expect(approvedTexts(home, project, projectRules(project, {}))).toEqual([]);
    expect(statSync(join(home, 'approved.json')).mode & 0o777).toBe(0o600);
  });

  it('can be revoked', () => {
    const { home, project } = stage();
    approve(home, project, 'one');
    approve(home, project, 'two');
    revoke(home, project, 'one');
    expect([isApproved(home, project, 'one'), isApproved(home, project, 'two')]).toEqual([false, true]);
    revoke(home, project);
    expect(isApproved(home, project, 'two')).toBe(false);
  });

  it('is nothing where approved.json is damaged, and never by an empty hash', () => {
    const { home, project } = stage();
    approve(home, project, 'one');
    writeFileSync(join(home, 'approved.json'), '{');
    expect(isApproved(home, project, 'one')).toBe(false);
    expect(isApproved(home, project, '')).toBe(false);
  });

  it('of one project is not lost by what is damaged about another, nor by the marks and line ends of an editor', () => {
    const { home, project } = stage();
    approve(home, project, 'one');
    const file = JSON.parse(readFileSync(join(home, 'approved.json'), 'utf8')) as { projects: Record<string, unknown> };
    for (const damaged of [null, 5, 'one', {}, [null]]) {
      const text = JSON.stringify({ ...file, projects: { ...file.projects, '/other': damaged } }, null, 2);
      writeFileSync(join(home, 'approved.json'), Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`, 'utf16le'));
      expect(isApproved(home, project, 'one')).toBe(true);
      expect(isApproved(home, '/other', 'one')).toBe(false);
    }
  });

  it('covers the setting apart from the file, in any order of its keys', () => {
    expect(settingRules({ a: 'x', b: 'y' })?.sha256).toBe(settingRules({ b: 'y', a: 'x' })?.sha256);
    expect(settingRules({})).toBeUndefined();
    const { home, project } = stage();
    const setting = { go: 'echo hi' };
    approve(home, project, settingRules(setting)?.sha256 ?? '');
    const found = rulesForPrompt(home, project, setting, 'go');
    expect(found.matches.map((m) => m.rule.name)).toEqual(['go']);
    expect(found.unapproved.map((t) => t.source)).toEqual([join(project, '.fermata', 'rules.json')]);
  });
});
