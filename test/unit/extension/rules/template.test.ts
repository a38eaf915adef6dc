import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { rulesPath } from '#core/base/paths.ts';
import { matchRules } from '#core/plans/rules/promptRules.ts';
import { readRulesFile } from '#core/plans/rules/rulesFile.ts';
import { RULES_TEMPLATE } from '#extension/rules/template.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

test('the rules that a person begins with are valid, match a prompt, and run in any repository', () => {
  const project = tempDir();
  mkdirSync(dirname(rulesPath(project)), { recursive: true });
  writeFileSync(rulesPath(project), RULES_TEMPLATE);
  const read = readRulesFile(project);
  expect(read?.problems).toEqual([]);
  const rules = read?.rules ?? [];
  expect(rules.map(({ name }) => name)).toEqual(['tests-before-merge']);
  expect(JSON.stringify(matchRules(rules, 'Please merge the branch'))).toContain('tests-before-merge');
  expect(JSON.stringify(matchRules(rules, 'Explain the emerging design'))).not.toContain('tests-before-merge');
  const run = rules[0]?.workers[0]?.run;
  const [program = '', ...args] = Array.isArray(run) ? run : [];
  execFileSync('git', ['init', '--quiet'], { cwd: project });
  expect(execFileSync(program, args, { cwd: project, encoding: 'utf8' })).toBe('');
});
