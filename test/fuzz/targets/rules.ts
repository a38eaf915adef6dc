import { parse } from 'jsonc-parser';
import { commandLines } from '#core/plans/rules/rulesFile.ts';
import { splitArguments } from '#core/plans/rules/splitArguments.ts';
import { problemLines, parseRules, rulesFromSetting } from '#core/plans/rules/rules.ts';
import { readPattern } from '#core/plans/rules/patternSyntax.ts';
import { splitItems } from '#core/plans/rules/items.ts';
import { placeholdersIn } from '#core/plans/rules/placeholders.ts';
import { rule, rulesFile } from '#protocol/rules.ts';
import { hold, jsonOf, same, type Target } from '#test/fuzz/target.ts';

const RULE = {
  name: 'merge',
  prompt: 'merge (?<items>.+) into (?<target>\\w+)',
  forEach: 'items',
  workers: [
    { task: 'test {item}', run: ['npm', 'test', '{item}'], env: { A: '{target}' }, timeout: '5m', critical: true },
    { task: 'look', prompt: 'look at {item}', allowedTools: ['Read'], permissionMode: 'plan', after: ['ok:test'] },
    {
      task: 'x',
      run: { shell: 'echo "$FERMATA_ITEM"' },
      guard: [{ event: 'PreToolUse', tool: 'Bash', command: 'git *' }],
    },
  ],
};

/** A rules file: what counts as a rule is one by zod too; every rule is used or has its problem, which can be read. */
export const rules: Target = {
  seeds: () => [
    JSON.stringify({ version: 1, rules: [RULE] }),
    `// ours\n{ "version": 1, "rules": [${JSON.stringify({ ...RULE, prompt: '(' })},], }`,
    JSON.stringify({ version: 1, rules: [{ name: 'a', prompt: 'a', workers: [{ task: 'a', run: ['a'] }] }] }),
    JSON.stringify({ 'run (?<items>.*)': 'npm "run" \'a b\' c\\ d', b: '' }),
    '{"version":2}', '[]', '', '{"version":1,"rules":[1,{"name":1}]}',
  ], // prettier-ignore
  words: [
    'forEach',
    'after',
    'guard',
    'until',
    'ballot',
    'timeout',
    '{item}',
    '{index}',
    '(?<items>',
    'ok:',
    'done:',
    'shell',
  ],
  check: (input) => {
    const text = input.toString('utf8');
    const parsed = parseRules(text);
    const { rules, problems } = parsed;
    hold(rules.length > 0 || problems.length > 0 || isEmptyList(text), () => 'neither a rule nor a problem');
    for (const each of rules) hold(rule.safeParse(each).success, () => `zod refuses ${JSON.stringify(each)}`);
    for (const each of problems)
      hold(
        each.message !== '' && each.message.length <= 510 && each.rule.length <= 110,
        () => `a problem of ${each.message.length}`,
      );
    commandLines(parsed);
    problemLines(parsed);
    const value = jsonOf(text) as { rules?: unknown[] } | undefined;
    if (value !== undefined && rulesFile.safeParse(value).success && (value.rules?.length ?? 0) <= 20)
      same(rules.length + problems.length, value.rules?.length, 'rules and problems');
    assertSetting(value ?? text);
  },
};

const isEmptyList = (text: string): boolean => {
  const value = parse(text, [], { allowTrailingComma: true }) as { rules?: unknown } | undefined;
  return Array.isArray(value?.rules) && value.rules.length === 0;
};

/** The same of the setting, and of the small readers that a rule is made with. */
function assertSetting(value: unknown): void {
  const entries = Object.entries(
    typeof value === 'object' && value !== null ? value : { [String(value)]: String(value) },
  );
  const setting = Object.fromEntries(
    entries.filter((each): each is [string, string] => typeof each[1] === 'string').slice(0, 5),
  );
  const { rules } = rulesFromSetting(setting);
  for (const each of rules) hold(rule.safeParse(each).success, () => `zod refuses ${JSON.stringify(each)}`);
  for (const text of Object.entries(setting).flat()) {
    const quoted = `'${text.replaceAll("'", `'"'"'`)}'`;
    same(splitArguments(`a ${quoted} b`), ['a', text, 'b'], 'arguments');
    splitArguments(text);
    splitItems(text);
    placeholdersIn(text);
    const { problem } = readPattern(text);
    if (problem === undefined) hold(new RegExp(text, 'i').flags === 'i', () => 'no pattern');
  }
}
