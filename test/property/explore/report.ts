import { expect } from 'vitest';
import { explore, type Exploration } from './explore.ts';

/** Explores a world, prints the number of its states, and fails with the trace to a violation. */
export function expectNoViolation(exploration: Exploration, maxStates?: number): void {
  const started = performance.now();
  const { states, cut, violation } = explore(exploration, maxStates);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `explored ${cut ? 'the nearest ' : ''}${states.toLocaleString('en')} states of "${exploration.name}" in ${seconds} s`,
  );
  expect([violation?.message, ...(violation?.trace ?? [])].join('\n')).toBe('');
}

/** The violated invariant of a world that has a deliberate fault. */
export const violationIn = (exploration: Exploration): string | undefined => explore(exploration).violation?.message;
