/** Whether a pattern of commands, as `git merge*`, fits what a command text runs. */
import { relative, resolve } from 'node:path';
import { ellipsize } from '#core/base/text.ts';
import { wildcard } from '#core/policy/match/glob.ts';
import type { Fit } from '#core/policy/match/match.ts';
import { changedDirs } from './changedDirs.ts';
import { UNKNOWN, type Field } from './field.ts';
import type { CommandReading } from './readCommand.ts';
import { gitArguments, programName } from './startedBy.ts';

/** Where a command runs, and where the paths of patterns start. */
export interface Place {
  cwd: string;
  root: string;
}

const MAX_REASON_CHARS = 60;

/** Git's verbs: behind one of them a `*` stands for its arguments, not for another verb that begins with it. */
const GIT_VERBS =
  /^git (add|apply|bisect|branch|checkout|clean|clone|commit|config|diff|fetch|grep|init|log|merge|mv|notes|pull|push|rebase|remote|reset|restore|revert|rm|show|stash|status|submodule|switch|tag|worktree)\*/;

/** Folders into which a text changes: more are not looked at. */
const MAX_DIRS = 8;

/** Undefined where the pattern does not fit. */
export function fitCommand(pattern: string, reading: CommandReading, { cwd, root }: Place): Fit | undefined {
  const patterns = plainPatterns(pattern);
  const dirs = [cwd, ...changedDirs(reading).map((dir) => resolve(cwd, dir))].slice(0, MAX_DIRS);
  const spelled = reading.commands.map((argv) => spellings(argv, 'text', dirs, root));
  // a pattern with operators means the text as a whole
  if (/[;&|<>()`\n=]/.test(pattern)) spelled.push([reading.text.trim()]);
  if (spelled.flat().some((text) => patterns.some((each) => wildcard(each, text)))) return { kind: 'runs' };
  const reason = reading.unreadable ?? doubt(patterns, reading);
  const isLikely = reason !== undefined && patterns.some((each) => hasWords(each, reading.text));
  return isLikely ? { kind: 'might', reason } : undefined;
}

/**
 * The globs that a pattern stands for. A `*` at its end that is a word of its own also stands for no word at all, and `:*`
 * means the same, as in the permission rules of Claude Code.
 */
function plainPatterns(pattern: string): string[] {
  const text = pattern.trim().split(/\s+/).join(' ');
  const verb = GIT_VERBS.exec(text)?.[0];
  if (verb !== undefined) return ['', ' *'].map((end) => `${verb.slice(0, -1)}${end}${text.slice(verb.length)}`);
  const [, start] = /^(.*[^ ])(?: |:)\*$/.exec(text) ?? [];
  return [text, text.replaceAll(/["']/g, ''), ...(start === undefined ? [] : [start, `${start} *`])];
}

/**
 * A command as a pattern may spell it: as it is written; by the name of its program without the folder; by the program's
 * path in the project; and without git's options before its verb.
 */
function spellings(argv: Field[], kind: 'text' | 'shape', dirs: string[] = [], root = '/'): string[] {
  const [program, ...args] = argv;
  if (program === undefined) return [];
  const name = programName(program);
  const names = new Set([program[kind], ...(name === undefined ? [] : [name])]);
  if (name !== undefined && program.shape === program.text && program.text.includes('/'))
    for (const dir of dirs) names.add(`./${relative(root, resolve(dir, program.text))}`);
  const rest = args.map((arg) => arg[kind]);
  const texts = [...names].map((each) => [each, ...rest].join(' '));
  if (name === 'git') texts.push(['git', ...gitArguments(args).map((arg) => arg[kind])].join(' '));
  return texts;
}

/** Why a command that is not known in all words could be one that a pattern means. */
function doubt(patterns: string[], { commands }: CommandReading): string | undefined {
  const heads = patterns.map((pattern) => /^[^*?]*/.exec(pattern)?.[0] ?? '');
  for (const argv of commands) {
    const open = argv.find(({ shape }) => shape.includes(UNKNOWN));
    if (open === undefined) continue;
    const known = spellings(argv, 'shape').map((text) => text.split(UNKNOWN)[0] ?? '');
    const mightBe = known.some((start) => heads.some((head) => head.startsWith(start) || start.startsWith(head)));
    if (mightBe) return `what stands for ${ellipsize(open.text, MAX_REASON_CHARS)} is not known`;
  }
  return undefined;
}

/** Whether all words of a pattern are in a text, each as a word of its own. Quotes do not divide words. */
function hasWords(pattern: string, text: string): boolean {
  const plain = text.replaceAll(/\\\n|["'\\]/g, '');
  const words = [...pattern.matchAll(/([*?]?)([^\s*?]+)([*?]?)/g)];
  return words.every(([, before, word = '', after]) =>
    isWordIn(word, plain, { opensLeft: before !== '', opensRight: after !== '' }),
  );
}

/** Whether a word is in a text; it may go on where a wildcard of the pattern touches it. */
function isWordIn(word: string, text: string, { opensLeft, opensRight }: Record<'opensLeft' | 'opensRight', boolean>) {
  const isPartOfWord = (c: string | undefined): boolean => c !== undefined && /[\w-]/.test(c);
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1))
    if ((opensLeft || !isPartOfWord(text[at - 1])) && (opensRight || !isPartOfWord(text[at + word.length])))
      return true;
  return false;
}
