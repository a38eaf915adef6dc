import { expect } from 'vitest';
import { explore, type Exploration } from './explore.ts';

/** Visits every state, tells how many there were, and fails with a shortest way to what is wrong. */
export function nothingWrong(exploration: Exploration): void {
  const started = performance.now();
  const { states, violation } = explore(exploration);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`explored ${states.toLocaleString('en')} states of "${exploration.name}" in ${seconds} s`);
  expect([violation?.what, ...(violation?.trace ?? [])].join('\n')).toBe('');
}
