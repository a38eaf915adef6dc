/** The compilation alone of a longer pattern, or of one with deeper groups, could take more than a prompt's time. */
const MAX_CHARS = 1000;
const MAX_DEPTH = 50;

/** The names of a pattern's groups, or why it cannot be used, as a sentence. */
type PatternSyntax = { groups: string[]; problem?: undefined } | { groups?: undefined; problem: string };

/**
 * Reads a pattern, approved or not, without compiling or running it: V8 compiles a regular expression at its first use.
 */
export function readPattern(pattern: string): PatternSyntax {
  if (pattern.length > MAX_CHARS)
    return { problem: `the pattern has ${pattern.length} characters; at most ${MAX_CHARS} are allowed` };
  try {
    void new RegExp(pattern, 'i');
  } catch {
    return { problem: `the pattern ${JSON.stringify(pattern)} is not a regular expression` };
  }
  const { names, depth } = readGroups(pattern);
  if (depth > MAX_DEPTH)
    return { problem: `the pattern has ${depth} groups in each other; at most ${MAX_DEPTH} are allowed` };
  return { groups: [...names] };
}

function readGroups(pattern: string): { names: Set<string>; depth: number } {
  const names = new Set<string>();
  let [open, depth, inClass] = [0, 0, false];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === '\\') i++;
    else if (char === ']') inClass = false;
    else if (inClass) continue;
    else if (char === '[') inClass = true;
    else if (char === ')') open--;
    else if (char === '(') {
      depth = Math.max(depth, ++open);
      const name = nameOfGroupAt(pattern, i);
      if (name !== undefined) names.add(name);
    }
  }
  return { names, depth };
}

const NAMED_GROUP = /\(\?<([^=!>][^>]*)>/y;

function nameOfGroupAt(pattern: string, offset: number): string | undefined {
  NAMED_GROUP.lastIndex = offset;
  return NAMED_GROUP.exec(pattern)?.[1];
}
