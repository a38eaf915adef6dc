/**
 * What judges commands of git: a bundle of its own (git.cjs), loaded where a call has git in it while another agent has edits
 * that are not committed.
 */
import { statOf } from '#core/base/files/facts.ts';
import type { GitPlace } from '#core/policy/git/gitCall.ts';
import { sweepsOf, type ReadText } from '#core/policy/git/sweeps.ts';
import type { CommandReading } from '#core/policy/shell/readCommand.ts';
import { takesText } from '#core/projection/uncommittedText.ts';
import type { Uncommitted } from '#protocol/state.ts';

export { hasTakingWords } from '#core/policy/git/sweeps.ts';

/** The sentence about what a command text takes of an agent's uncommitted files, if it takes any. */
export function takesOf(
  reading: CommandReading,
  place: Omit<GitPlace, 'isFolder'>,
  read: ReadText,
  now: () => number,
): (entry: Uncommitted) => string | undefined {
  const sweeps = sweepsOf(reading, { ...place, isFolder: (path) => statOf(path)?.isDirectory() === true }, read);
  return (entry) => {
    const swept = sweeps(entry);
    return swept === undefined ? undefined : takesText(entry, swept, now());
  };
}
