import { expect, test } from 'vitest';
import { emptyState } from '#core/fold/state.ts';
import { conductorReason } from '#core/projection/askText.ts';
import { ENGLISH } from '#core/projection/wording.ts';

test.each([
  ['ended', 'other', undefined],
  ['ended', 'prompt_input_exit', 'left by you'],
  ['ended', 'goes on as S2', 'goes on as S2'],
  ['ended', 'toString', 'toString'],
  ['ended', undefined, undefined],
  ['waiting', 'other', 'other'],
] as const)('%s, because of %s: %s is shown', (state, reason, shown) => {
  const conductor = { turn: 1, state, ...(reason === undefined ? {} : { reason }) };
  expect(conductorReason({ ...emptyState(), conductor }, ENGLISH)).toBe(shown);
});
