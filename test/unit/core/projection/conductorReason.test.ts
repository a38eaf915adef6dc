import { expect, test } from 'vitest';
import { conductorReason } from '#core/projection/describe.ts';

test.each([
  ['ended', 'other', undefined],
  ['ended', 'prompt_input_exit', 'left by the person'],
  ['ended', 'goes on as S2', 'goes on as S2'],
  ['ended', 'toString', 'toString'],
  ['ended', undefined, undefined],
  ['waiting', 'other', 'other'],
] as const)('%s, because of %s: %s is shown', (state, reason, shown) => {
  expect(conductorReason({ turn: 1, state, ...(reason === undefined ? {} : { reason }) })).toBe(shown);
});
