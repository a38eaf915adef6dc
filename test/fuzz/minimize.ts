/** Longer than any takes that fails quickly. */
const MAX_TRIES = 3000;

/** A smaller input that still fails: first without lines, then without ever smaller parts. */
export async function minimized(input: Buffer, fails: (smaller: Buffer) => Promise<boolean>): Promise<Buffer> {
  let best = input;
  let tries = 0;
  const attempt = async (smaller: Buffer): Promise<boolean> => {
    if (smaller.length >= best.length || tries++ > MAX_TRIES || !(await fails(smaller))) return false;
    best = smaller;
    return true;
  };
  for (let isShorter = true; isShorter;) {
    const before = best.length;
    for (let at = 0; at < linesOf(best).length;)
      if (!(await attempt(asBytes(linesOf(best).filter((_, n) => n !== at))))) at++;
    for (let size = best.length >> 1; size > 0; size >>= 1)
      for (let at = 0; at + size <= best.length;)
        if (!(await attempt(Buffer.concat([best.subarray(0, at), best.subarray(at + size)])))) at += size;
    isShorter = best.length < before && tries < MAX_TRIES;
  }
  return best;
}

const linesOf = (input: Buffer): string[] => input.toString('latin1').split('\n');
const asBytes = (lines: readonly string[]): Buffer => Buffer.from(lines.join('\n'), 'latin1');
