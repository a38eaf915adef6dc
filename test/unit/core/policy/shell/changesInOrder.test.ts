import { expect, test } from 'vitest';
import { changesInOrder } from '#core/policy/shell/changesInOrder.ts';

test.each<[string, number | undefined]>([
  ['', 0],
  ['ls', 0],
  ['X=1', 0],
  ['cd a', 1],
  ['cd a; cd b && pushd c\npopd', 4],
  ['ls && cd a', 1],
  ['ls | cat', 0],
  ['cd-all a; abcd a', 0],
  // a change that holds for a part only, or perhaps not at all
  ['cd a | cat', undefined],
  ['cat | cd a', undefined],
  ['cd a &', undefined],
  ['cd a || exit', undefined],
  ['ls || cd a', undefined],
  ['(cd a)', undefined],
  ['ls && (cd a) && cd b', undefined],
  ['if cd a; then ls; fi', undefined],
  ['f() { cd a; }', undefined],
  ['cd a; (cd b)', undefined],
  ['(cd a); cd b', undefined],
  ['cd a; echo "', undefined],
  ['cd a\0', undefined],
])('the changes of the folder that hold for all behind them in %j: %s', (text, count) => {
  expect(changesInOrder(text)).toBe(count);
});
