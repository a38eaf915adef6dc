/** Whether a call of a shell has shown that a command ended with 0, as a condition `proven:` waits for it. */
import { resolvedPath } from '#core/base/realPath.ts';
import { shownBySuccess } from './exitFlow.ts';
import { UNKNOWN, type Field } from './field.ts';
import { expandWord, Variables } from './fields.ts';
import { isBroken, parseShell } from './parseShell.ts';
import { SHIFT } from './shellWays.ts';

/** The words of a command that is waited for, and the folder in which it is to run. */
interface Awaited {
  words: Field[];
  dir: string;
}

/** What a call that ended with 0 shows: the command, or why it does not although the command is in it. */
export type Shown = { shown: true } | { shown: false; why: string };

/**
 * The commands of the text of a condition, in the folder `root`: one command, or several joined by `&&`, with `cd` to a folder
 * among them. Undefined for any other text: what its exit code means would be a matter of opinion.
 */
export function awaitedCommands(text: string, root: string): Awaited[] | undefined {
  const script = parseShell(text);
  if (typeof script === 'string' || isBroken(script)) return undefined;
  const [statement, more] = script.commands;
  if (statement === undefined || more !== undefined || statement.background === true) return undefined;
  const { command } = statement;
  if (command.type === 'AndOr' && command.operators.some((operator) => operator !== '&&')) return undefined;
  const awaited: Awaited[] = [];
  let dir: string | undefined = root;
  for (const each of command.type === 'AndOr' ? command.commands : [command]) {
    if (each.type !== 'Command' || each.name === undefined || each.prefix.length > 0 || each.redirects.length > 0)
      return undefined;
    if (each.args.some(({ type }) => type !== 'Word')) return undefined;
    const words = [each.name, ...each.args].flatMap((word) => (word.type === 'Word' ? fieldsOf(word) : []));
    if (words.some(({ text: word }) => /[$`]/.test(word))) return undefined;
    const [program, to, rest] = words;
    if (program?.text === 'cd') {
      if (to === undefined || rest !== undefined || to.shape.includes(UNKNOWN)) return undefined;
      dir = resolvedPath(to.text, dir);
      if (dir === undefined) return undefined;
    } else awaited.push({ words, dir });
  }
  return awaited.length === 0 || awaited.length > SHIFT ? undefined : awaited;
}

const fieldsOf = (word: Parameters<typeof expandWord>[0]): Field[] => {
  const [fields, more] = expandWord(word, {
    variables: new Variables(),
    spend: () => undefined,
    outputOf: () => undefined,
  });
  return more === undefined && fields !== undefined ? fields : [{ text: word.text, shape: UNKNOWN }];
};

/**
 * What a text that ended with 0 shows of the command `awaited`, where it ran in `cwd` and the command is to run in `root`.
 * Undefined where the command is not in it.
 */
export function shownOf(
  awaited: string,
  text: string,
  { cwd, root }: { cwd: string; root: string },
): Shown | undefined {
  const commands = awaitedCommands(awaited, root);
  if (commands === undefined) return undefined;
  let isElsewhere = false;
  let isSomewhere = false;
  let isThere = false;
  const places = new Map<string, string>();
  const real = (dir: string): string => {
    const known = places.get(dir) ?? resolvedPath(dir, '/') ?? dir;
    places.set(dir, known);
    return known;
  };
  const bits = shownBySuccess(text, cwd, (words, dir) => {
    const named = commands.findIndex((each) => areSame(each.words, words));
    if (named === -1) return undefined;
    const at = commands.findIndex(
      (each) => areSame(each.words, words) && dir !== undefined && real(each.dir) === real(dir),
    );
    if (at !== -1) isThere = true;
    else if (dir === undefined) isSomewhere = true;
    else isElsewhere = true;
    return at === -1 ? undefined : 1 << at;
  });
  const all = (1 << commands.length) - 1;
  if (bits !== undefined && bits !== 'none' && (bits & all) === all) return { shown: true };
  if (isSomewhere && !isThere) return { shown: false, why: 'in which folder it ran is not known' };
  if (isElsewhere && !isThere) return { shown: false, why: 'it ran in another folder' };
  if (isThere) return { shown: false, why: 'what is around it hides how it ended' };
  // a text that cannot be followed may have run it
  const isNamed = bits === undefined && commands.some(({ words }) => text.includes(words[0]?.text ?? ''));
  return isNamed ? { shown: false, why: 'the command line around it cannot be followed' } : undefined;
}

/** Whether words are those of a command; a `*` at its end stands for any more of them. */
function areSame(awaited: readonly Field[], words: readonly Field[]): boolean {
  const isOpen = awaited.at(-1)?.text === '*';
  const fixed = isOpen ? awaited.slice(0, -1) : awaited;
  if (isOpen ? words.length < fixed.length : words.length !== fixed.length) return false;
  return fixed.every(({ text, shape }, i) => words[i]?.text === text && words[i]?.shape === shape);
}
