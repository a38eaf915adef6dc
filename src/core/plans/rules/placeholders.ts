import { escapeGlob } from '#core/policy/match/glob.ts';

/** The placeholders that every worker has, besides the named groups of the rule's pattern. `{workers}` is the fold's. */
export const BUILT_IN = ['item', 'index', 'worker', 'session', 'project', 'out'] as const;

export type Values = Record<string, string>;

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Replaces each `{name}` that has a value, once: what a value contains is never expanded again. Others stay as they are. */
export function expand(text: string, values: Values): string {
  return text.replace(PLACEHOLDER, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : placeholder,
  );
}

/** The same where the result is a glob: what a value contains matches only itself. */
export function expandGlob(text: string, values: Values): string {
  return expand(text, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, escapeGlob(value)])));
}

/** The same for one argument of a command: a value must not turn it into an option, so `-x` becomes `./-x`. */
export function expandArgument(text: string, values: Values): string {
  const expanded = expand(text, values);
  return expanded.startsWith('-') && !text.startsWith('-') ? `./${expanded}` : expanded;
}

/** The names of the placeholders in a text; in a shell text `${name}` is the shell's own. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(/(?<!\$)\{([A-Za-z_][A-Za-z0-9_]*)\}/g)].map((m) => m[1] ?? '');
}

/** The variables by which a worker gets the values of the prompt: FERMATA_ITEM, FERMATA_INDEX, FERMATA_<GROUP>. */
export function valueVariables(values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [variableOf(name), value]));
}

export const variableOf = (name: string): string => `FERMATA_${name.toUpperCase()}`;
