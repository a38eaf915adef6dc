import { allGitHooks } from '#core/install/gitHooks/gitHooks.ts';
import { shellQuote } from '#core/base/shellQuote.ts';
import { ok, warn, type Finding } from './finding.ts';

/** Whether the git hooks that were installed still guard; nothing where none were. */
export function gitHookFindings(home: string): Finding[] {
  return allGitHooks(home).flatMap(({ root, problems }) =>
    problems.length === 0
      ? [ok('gitHooks', `The git hooks guard ${root}.`)]
      : problems.map((problem) =>
          warn('gitHooks', `${problem}.`, `Run: fermata git-hooks install ${shellQuote(root)}`),
        ),
  );
}
