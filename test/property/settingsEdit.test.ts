import * as fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { hookEntries, isFermataEntry, permissionRules } from '#core/install/entries.ts';
import { joinFootprints } from '#core/install/settings/footprint.ts';
import { addHooks, removeHooks, withoutStatusLine } from '#core/install/settings/settingsEdit.ts';
import { sized } from '#test/lib/stress/size.ts';

const home = '/home/ada/.fermata';
const addition = {
  entries: hookEntries({ home }),
  permissions: permissionRules(home, '/home/ada'),
  isOurs: isFermataEntry(home),
};
const { isOurs } = addition;
const hook = { type: 'command', command: '/opt/other/check', timeout: 5 } as const;

const foreignHook = fc.oneof(
  fc.record({ type: fc.constant('command'), command: fc.string(), timeout: fc.integer({ min: 1, max: 600 }) }),
  fc.record({
    type: fc.constant('command'),
    command: fc.constant('/opt/other/hooks/gate.sh'),
    args: fc.array(fc.string()),
  }),
);
const group = fc.record(
  { matcher: fc.string(), hooks: fc.array(foreignHook, { maxLength: 3 }) },
  { requiredKeys: ['hooks'] },
);
const event = fc.constantFrom('PreToolUse', 'Stop', 'SessionEnd', 'PreCompact', 'SomethingNew');
const settings = fc
  .record(
    {
      model: fc.string(),
      hooks: fc.dictionary(event, fc.array(group, { maxLength: 3 }), { maxKeys: 4 }),
      permissions: fc.record(
        {
          allow: fc.array(fc.string(), { maxLength: 2 }),
          deny: fc.array(fc.string(), { maxLength: 2 }),
          ask: fc.json(),
        },
        { requiredKeys: [] },
      ),
      // long enough to be replaced by a placeholder while the rest is edited
      long: fc.array(fc.constant('set-aside-0 $& '.repeat(9)), { minLength: 2, maxLength: 4 }),
      env: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
      statusLine: fc.record(
        {
          type: fc.constant('command'),
          command: fc.oneof(
            fc.string(),
            fc.constantFrom('# none', 'jq -r ".model" # é', '~/line.sh "$HOME"\n', 'x'.repeat(400)),
          ),
          padding: fc.nat({ max: 2 }),
        },
        { requiredKeys: ['type', 'command'] },
      ),
      other: fc.jsonValue({ maxDepth: 2 }),
    },
    { requiredKeys: [] },
  )
  // the parser makes a key `__proto__` the prototype; the byte-for-byte test covers such a text
  .filter((value) => !JSON.stringify(value).includes('__proto__'));

/** A style of JSON: each place for white space, a comment or a trailing comma takes the next number. */
const style = fc.record({
  dice: fc.array(fc.nat({ max: 99 }), { minLength: 1, maxLength: 60 }),
  eol: fc.constantFrom('\n', '\r\n'),
  unit: fc.constantFrom('  ', '    ', '\t', ''),
  lines: fc.constantFrom('all', 'none', 'some'),
  comments: fc.boolean(),
  mark: fc.constantFrom('', '\uFEFF'),
});
type Style = typeof style extends fc.Arbitrary<infer T> ? T : never;

function write(value: unknown, { dice, eol, unit, lines, comments, mark }: Style): string {
  let at = 0;
  const roll = (): number => dice[at++ % dice.length] ?? 0;
  const trivia = (): string => {
    const n = roll();
    if (comments && n < 12) return ` /* { "hooks": [ , */${n < 6 ? ' ' : ''}`;
    if (comments && n < 24 && lines !== 'none') return ` // it's "hooks": [],${eol}${unit}`;
    return n < 40 ? ' ' : n < 45 && lines !== 'none' ? eol : '';
  };
  const container = (open: string, parts: string[], close: string, depth: number): string => {
    const broken = lines === 'all' || (lines === 'some' && roll() < 50);
    const lead = broken ? eol + unit.repeat(depth + 1) : '';
    const trailing = comments && parts.length > 0 && roll() < 30 ? `${trivia()},` : '';
    const inside = parts.map((part) => lead + trivia() + part).join(`${trivia()},`);
    return (
      open +
      inside +
      trailing +
      trivia() +
      (broken && (parts.length > 0 || roll() < 50) ? eol + unit.repeat(depth) : '') +
      close
    );
  };
  const render = (node: unknown, depth: number): string => {
    if (Array.isArray(node))
      return container(
        '[',
        node.map((item) => render(item, depth + 1)),
        ']',
        depth,
      );
    if (typeof node !== 'object' || node === null) return JSON.stringify(node);
    const parts = Object.entries(node).map(
      ([key, item]) => `${JSON.stringify(key)}${trivia()}:${trivia()}${render(item, depth + 1)}`,
    );
    return container('{', parts, '}', depth);
  };
  return mark + trivia() + render(value, 0) + trivia() + (roll() < 50 ? eol : '');
}

const text = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(settings, style).map(([value, how]) => write(value, how)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      '\n',
      '// empty',
      '// empty\r\n',
      '/* a */ ',
      '\uFEFF',
      '\uFEFF\r\n',
      '{ }',
      '{\n}',
      '[]{}'.slice(2),
    ),
  },
);

function read(jsonc: string): Record<string, unknown> {
  return (parse(jsonc.replace(/^\uFEFF/, ''), [], { allowTrailingComma: true }) ?? {}) as Record<string, unknown>;
}

/** The settings without Fermata's entries and without empty values, which must be the same before and after. */
function foreign(jsonc: string): unknown {
  const value = structuredClone(read(jsonc)) as {
    hooks?: Record<string, { hooks: unknown[] }[]>;
    permissions?: Record<string, unknown>;
  };
  for (const [name, groups] of Object.entries(value.hooks ?? {})) {
    const kept = groups
      .map((g) => ({ ...g, hooks: g.hooks.filter((hook) => !isOurs(hook)) }))
      .filter((g, i) => g.hooks.length > 0 || groups[i]?.hooks.length === 0);
    if (kept.length > 0) value.hooks![name] = kept;
    else delete value.hooks![name];
  }
  if (Object.keys(value.hooks ?? {}).length === 0) delete value.hooks;
  for (const { list, rule } of addition.permissions) {
    const rules = ((value.permissions?.[list] ?? []) as unknown[]).filter((item) => item !== rule);
    if (rules.length > 0) value.permissions![list] = rules;
    else delete value.permissions?.[list];
  }
  if (Object.keys(value.permissions ?? {}).length === 0) delete value.permissions;
  return value;
}

function add(before: string) {
  const result = addHooks(before, addition);
  if (!result.ok) throw new Error(`${result.problem.message} at ${result.problem.line}:${result.problem.column}`);
  return result;
}

function remove(after: string, footprint?: Parameters<typeof removeHooks>[1]['footprint']) {
  const result = removeHooks(after, { isOurs, rules: addition.permissions, ...(footprint && { footprint }) });
  if (!result.ok) throw new Error(result.problem.message);
  return result.text;
}

/** Whether the command of a status line cannot have another one before it. */
function isUnfit(jsonc: string): boolean {
  const { command } = (read(jsonc)['statusLine'] ?? {}) as { command?: unknown };
  return typeof command === 'string' && /<<|\\\s*$/.test(command);
}

const runs = { numRuns: sized(40, 1000) };

describe('any settings file', () => {
  test('installing and uninstalling gives back the text to the byte', () => {
    fc.assert(
      fc.property(text, (before) => {
        const { text: after, footprint } = add(before);
        expect(remove(after, footprint)).toBe(before);
      }),
      runs,
    );
  });

  test('every event has exactly our group, and everything else is what it was', () => {
    fc.assert(
      fc.property(text, (before) => {
        const after = add(before).text;
        const hooks = read(after)['hooks'] as Record<string, { hooks: unknown[] }[]>;
        for (const [name, wanted] of Object.entries(addition.entries)) {
          expect(hooks[name]?.flatMap((g) => g.hooks).filter(isOurs)).toEqual(wanted);
          expect(hooks[name]?.at(-1)).toEqual({ hooks: wanted });
        }
        expect(foreign(after)).toEqual(foreign(before));
      }),
      runs,
    );
  });

  test('adding twice is adding once', () => {
    fc.assert(
      fc.property(text, (before) => {
        const once = add(before).text;
        expect(add(once).text).toBe(once);
      }),
      runs,
    );
  });

  test('nothing that was there is taken away or moved', () => {
    fc.assert(
      fc.property(text, (before) => {
        const after = add(before).text;
        let at = 0;
        for (let i = 0; i < after.length && at < before.length; i++) if (after[i] === before[at]) at++;
        expect(at).toBe(before.length);
      }),
      runs,
    );
  });

  test('without a footprint too, uninstalling takes all of ours and nothing else', () => {
    fc.assert(
      fc.property(text, (before) => {
        const without = remove(add(before).text);
        expect(foreign(without)).toEqual(foreign(before));
        expect(without).not.toContain('.fermata');
        expect(remove(without)).toBe(without);
      }),
      runs,
    );
  });

  test('with the status line too, uninstalling gives back the text to the byte, and without it the hooks alone', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(home, `/it's/ö b/.home`), (before, lineHome) => {
        if (isUnfit(before)) return;
        const own = { ...addition, isOurs: isFermataEntry(lineHome), entries: hookEntries({ home: lineHome }) };
        const addTo = (jsonc: string, statusLine?: string | null) => {
          const result = addHooks(jsonc, { ...own, statusLine });
          if (!result.ok) throw new Error(result.problem.message);
          return result;
        };
        const { text: hooks, footprint: first } = addTo(before);
        const { text: after, footprint: second } = addTo(hooks, lineHome);
        expect(addTo(before, lineHome).text).toBe(after);
        expect(addTo(after, lineHome).text).toBe(after);
        const { command } = read(after)['statusLine'] as { command: string };
        expect(command).toContain('/hooks/status-line.sh');
        const person = (read(before)['statusLine'] as { command?: string } | undefined)?.command;
        if (person !== undefined) expect(command).toContain(`\n${person}\n`);
        const footprint = joinFootprints(first, second);
        const removed = removeHooks(after, { isOurs: own.isOurs, footprint });
        expect(removed.ok && removed.text).toBe(before);
        const without = withoutStatusLine(after, { isOurs: own.isOurs, footprint });
        expect(without.ok && without.text).toBe(hooks);
        expect(read(addTo(after, null).text)).toEqual(read(hooks));
      }),
      runs,
    );
  });

  test('an older entry of ours is replaced, and uninstalling still gives back the text to the byte', () => {
    const older = { ...addition, entries: hookEntries({ home: '/old/place/.fermata' }) };
    fc.assert(
      fc.property(text, (before) => {
        const first = addHooks(before, older);
        if (!first.ok) throw new Error(first.problem.message);
        const second = add(first.text);
        expect(second.text).not.toContain('/old/place');
        expect(read(second.text)).toEqual(read(add(before).text));
        expect(remove(second.text, joinFootprints(first.footprint, second.footprint))).toBe(before);
      }),
      runs,
    );
  });

  test('what a person adds after us stays when we go', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('PreToolUse', 'Stop', 'Notification'), (before, name) => {
        const { text: after, footprint } = add(before);
        const theirs = addHooks(after, { entries: { [name]: [hook] }, isOurs: () => false });
        if (!theirs.ok) throw new Error(theirs.problem.message);
        const remaining = remove(theirs.text, footprint);
        expect(remaining).not.toContain('.fermata');
        expect(foreign(remaining)).toEqual(foreign(theirs.text));
        expect((read(remaining)['hooks'] as Record<string, unknown[]>)[name]).toContainEqual({ hooks: [hook] });
      }),
      runs,
    );
  });
});
