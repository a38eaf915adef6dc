import { expect, test } from 'vitest';
import { splitArguments } from '#core/plans/rules/splitArguments.ts';

test.each([
  [`run "a b" c\\ d '' 'e\\f' > g`, ['run', 'a b', 'c d', '', 'e\\f', '>', 'g']],
  [`x"a\\"b"'c'`, ['xa"bc']],
  ['a\nb\\', ['a', 'b\\']],
  ['a "b', undefined],
  [`a 'b' 'c`, undefined],
  ['', []],
])('the arguments of %j, without a shell: %j', (command, expected) =>
  expect(splitArguments(command)).toEqual(expected),
);

test('a hostile setting costs next to nothing', () => {
  const started = process.cpuUsage();
  expect(splitArguments(`"${'a\\'.repeat(50_000)}`)).toBeUndefined();
  expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
});
