import { expect } from 'vitest';
import { explore, type Exploration } from './explore.ts';

/** Visits every state, or the nearest `most`, tells how many there were, and fails with a shortest way to what is wrong. */
export function expectNoViolation(exploration: Exploration, maxStates?: number): void {
  const started = performance.now();
  const { states, cut, violation } = explore(exploration, maxStates);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `explored ${cut ? 'the nearest ' : ''}${states.toLocaleString('en')} states of "${exploration.name}" in ${seconds} s`,
  );
  expect([violation?.what, ...(violation?.trace ?? [])].join('\n')).toBe('');
}
