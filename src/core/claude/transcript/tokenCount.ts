/** Input with what was written to the cache, and output; what is read from the cache is not counted. */
export interface TokenCount {
  input: number;
  output: number;
}

/** The counts of messages by their ids, the oldest first. */
export type CountedMessages = Map<string, TokenCount>;

/** Adds a message to what was spent. One that comes in several lines, or is repeated by a compaction, counts once, as it was last. */
export function addTokens(
  spent: TokenCount,
  counts: CountedMessages,
  message: string,
  { input, output }: TokenCount,
): void {
  const before = counts.get(message);
  spent.input += input - (before?.input ?? 0);
  spent.output += output - (before?.output ?? 0);
  counts.delete(message);
  counts.set(message, { input, output });
}
