/**
 * Globs of a log or a rule: `*` within a segment, `**` across segments, `?` one character. No library, because the time
 * must not explode for any pattern: libraries compile globs to regular expressions, so a hostile line could stall every
 * hook. Here a pattern becomes an automaton, all states of which are one set of bits: the time is the length of the text
 * times a 32nd of the length of the pattern, whatever the two are.
 */

/** Whether a command or a tool name matches a pattern, in which `*` and `?` match any characters, `/` too. */
export const wildcard = (pattern: string, text: string): boolean =>
  mayMatch(pattern, text) && matcherOf(wildcardAutomaton(pattern))(text);

/** Whether a path (with `/`) matches a path glob: segment by segment, `**` standing for any number of segments. */
export const pathGlob = (pattern: string, path: string): boolean => pathMatcher(pattern)(path);

/** The same for many paths. */
export function pathMatcher(pattern: string): (path: string) => boolean {
  let matches: ((path: string) => boolean) | undefined;
  return (path) =>
    // the last segments may be none, and then there is no `/` before them
    mayMatch(pattern, `${path}/`) && (matches ??= matcherOf(pathAutomaton(pattern)))(path);
}

/** A pattern for a literal text. Wildcards have no escape: each becomes `?`, the narrowest pattern for it. */
export function escapeGlob(literal: string): string {
  return literal.replace(/[*?]/g, '?');
}

/** Whether the text begins as the pattern does before its first wildcard. It spares most patterns the automaton. */
function mayMatch(pattern: string, text: string): boolean {
  const wild = pattern.search(/[*?]/);
  return text.startsWith(wild === -1 ? pattern : pattern.slice(0, wild));
}

const SLASH = 0x2f;
const STAR = 0x2a;
const QUESTION_MARK = 0x3f;

/** An item that any character matches; in a path, any but `/`. */
const ANY = -1;

/** State n: the first n items have matched. */
interface Automaton {
  items: number[];
  /** States that any character keeps, and those that any but `/` keeps. */
  keptByAll: number[];
  keptInSegment: number[];
  /** States with which the next one is reached, too. */
  skips: number[];
  /** States in which a text may end. */
  ends: number[];
  /** Whether ANY matches a `/`. */
  crossesSegments: boolean;
}

function wildcardAutomaton(pattern: string): Automaton {
  const items: number[] = [];
  const keptByAll: number[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const code = pattern.charCodeAt(i);
    if (code === STAR) keptByAll.push(items.length);
    else items.push(code === QUESTION_MARK ? ANY : code);
  }
  return { items, keptByAll, keptInSegment: [], skips: [], ends: [items.length], crossesSegments: true };
}

function pathAutomaton(pattern: string): Automaton {
  const segments = pattern.split('/').filter((segment, i, all) => segment !== '**' || all[i - 1] !== '**');
  const items: number[] = [];
  const keptByAll: number[] = [];
  const keptInSegment: number[] = [];
  const skips: number[] = [];
  const ends: number[] = [];
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1;
    if (segment === '**') {
      keptByAll.push(items.length);
      if (!isLast) skips.push(items.length);
      else if (i > 0) ends.push(items.length - 1);
    } else
      for (let j = 0; j < segment.length; j++) {
        const code = segment.charCodeAt(j);
        if (code === STAR) keptInSegment.push(items.length);
        else items.push(code === QUESTION_MARK ? ANY : code);
      }
    if (!isLast) items.push(SLASH);
  }
  ends.push(items.length);
  return { items, keptByAll, keptInSegment, skips, ends, crossesSegments: false };
}

const BITS = 32;

function matcherOf(automaton: Automaton): (text: string) => boolean {
  const { items, keptByAll, keptInSegment, skips, ends, crossesSegments } = automaton;
  const words = Math.floor(items.length / BITS) + 1;
  const bits = (states: readonly number[]): Uint32Array => {
    const set = new Uint32Array(words);
    for (const state of states) addTo(set, state);
    return set;
  };
  const statesWhere = (fits: (item: number) => boolean): Uint32Array =>
    bits(items.flatMap((item, state) => (fits(item) ? [state] : [])));
  const skip = bits(skips);
  const keptBySlash = bits(keptByAll);
  const keptByOthers = bits([...keptByAll, ...keptInSegment]);
  const advances = new Map<number, Uint32Array>();
  const others = statesWhere((item) => item === ANY);
  for (const code of new Set(items))
    advances.set(
      code,
      statesWhere((item) => item === code || (item === ANY && (code !== SLASH || crossesSegments))),
    );
  if (!crossesSegments && !advances.has(SLASH)) advances.set(SLASH, new Uint32Array(words));

  const start = bits(skips.includes(0) ? [0, 1] : [0]);
  const end = bits(ends);
  return (text) => {
    let [states, next]: [Uint32Array, Uint32Array] = [Uint32Array.from(start), new Uint32Array(words)];
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      const kept = code === SLASH ? keptBySlash : keptByOthers;
      if (!step(states, next, advances.get(code) ?? others, kept, skip)) return false;
      [states, next] = [next, states];
    }
    return states.some((word, i) => (word & (end[i] ?? 0)) !== 0);
  };
}

/** The states after one more character; false where there are none. */
function step(
  states: Uint32Array,
  next: Uint32Array,
  advances: Uint32Array,
  kept: Uint32Array,
  skip: Uint32Array,
): boolean {
  let [carry, skipCarry, alive] = [0, 0, 0];
  for (let w = 0; w < states.length; w++) {
    const before = states[w] ?? 0;
    const advancing = before & (advances[w] ?? 0);
    const reached = (advancing << 1) | carry;
    carry = advancing >>> (BITS - 1);
    const skipping = reached & (skip[w] ?? 0);
    const now = reached | (skipping << 1) | skipCarry | (before & (kept[w] ?? 0));
    skipCarry = skipping >>> (BITS - 1);
    next[w] = now;
    alive |= now;
  }
  return alive !== 0;
}

function addTo(set: Uint32Array, state: number): void {
  const word = Math.floor(state / BITS);
  set[word] = (set[word] ?? 0) | (1 << (state % BITS));
}
