import { provableOf } from '#core/fold/provable.ts';

/** Quoted parts and signs with a backslash stand for themselves. */
const PLAIN = /'[^']*'|"(?:[^"\\$`]|\\.)*"|\\./gs;
/** What joins commands in a way that hides how one of them ended, or what is known only when it runs. */
const JOINS = /[|;<>\n()`$"']|(?<!&)&(?!&)|&&&/;
const COMMENT = /(?:^|\s)#[^\n]*/g;
/** A command that begins otherwise than by its name. */
const BEGINS = /^(?:!|\[\[|\{|(?:if|for|while|until|case|select|function|time|coproc)\b|[A-Za-z_]\w*\+?=)/;

/**
 * Why a condition `proven:` can never hold, which no exit code could show; undefined where it may, and for any other condition. The
 * parser of commands decides what a call has shown; this needs none of it, and refuses nothing that it would take.
 */
export function provableProblem(condition: string): string | undefined {
  const command = provableOf(condition)?.command;
  if (command === undefined) return undefined;
  const plain = command
    .replaceAll(/\{\w+\}/g, 'x')
    .replaceAll(PLAIN, 'x')
    .replaceAll(COMMENT, '')
    .replaceAll(/&&\s+/g, '&& ')
    .replace(/[\s;]+$/, '')
    .trim();
  const parts = plain.split('&&').map((part) => part.trim());
  const isOne = !JOINS.test(plain) && parts.every((part) => part !== '' && !BEGINS.test(part));
  return isOne
    ? undefined
    : `"${condition}" can never be shown: write one command, or several joined by &&, without variables, pipes or redirections, as in "proven:npm test", so that its exit code is theirs; what else it needs belongs into a script`;
}
