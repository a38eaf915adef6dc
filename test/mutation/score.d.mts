/** The survivors of equivalent.txt that nobody could notice, each as its file and its line before and after. */
export function equivalents(text: string): Set<string>;

/** What became of the mutants of a file, or of several. */
export interface MutantCounts {
  mutants: number;
  noticed: number;
  equivalent: number;
  survived: number;
}

interface Position {
  line: number;
  column: number;
}

/** The lines that a mutant changes, before and after, as one line each; lines and columns count from 1. */
export function mutatedLine(
  source: string,
  mutant: { location: { start: Position; end: Position }; replacement?: string },
): { at: number; before: string; after: string };

/** The sum of the counts, and the score in percent, without the equivalent ones. */
export function scoreOf(files: readonly MutantCounts[]): MutantCounts & { score: number };
