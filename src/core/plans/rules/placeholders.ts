import { escapeGlob } from '#core/policy/match/glob.ts';

/** The placeholders of every rule besides the named groups of its pattern. The projection expands `{workers}`. */
export const BUILT_IN = ['item', 'index', 'worker', 'session', 'project', 'out'] as const;

export type Values = Record<string, string>;

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Replaces each `{name}` that has a value; others stay. Placeholders in a value are not expanded. */
export function expand(text: string, values: Values): string {
  return text.replace(PLACEHOLDER, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : placeholder,
  );
}

/** The same for a glob: the wildcards of a value match only themselves. */
export function expandGlob(text: string, values: Values): string {
  return expand(text, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, escapeGlob(value)])));
}

/** The same for one argument of a command: a value must not turn it into an option, so `-x` becomes `./-x`. */
export function expandArgument(text: string, values: Values): string {
  const expanded = expand(text, values);
  return expanded.startsWith('-') && !text.startsWith('-') ? `./${expanded}` : expanded;
}

/** The names of the placeholders in a text, without the `${name}` of a shell. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(/(?<!\$)\{([A-Za-z_][A-Za-z0-9_]*)\}/g)].map((m) => m[1] ?? '');
}

/** The environment variables that hold the values of the prompt: FERMATA_ITEM, FERMATA_INDEX, FERMATA_<GROUP>. */
export function valueVariables(values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [variableOf(name), value]));
}

export const variableOf = (name: string): string => `FERMATA_${name.toUpperCase()}`;
