import type { Statement, SyntaxNode } from 'unbash';
import { isBroken, parseShell } from './parseShell.ts';

const CHANGES = /^(?:cd|pushd|popd)$/;

/**
 * How many times a text changes its folder, where each change holds for all that comes behind it: its commands stand one after
 * another, joined by `&&`, line ends and semicolons. Undefined where one may hold for a part only, or not at all: in a subshell, a
 * pipeline, a condition, a loop, a function, in the background, behind `||`.
 */
export function changesInOrder(text: string): number | undefined {
  const script = parseShell(text);
  if (typeof script === 'string' || isBroken(script)) return undefined;
  const counts = script.commands.map(countIn);
  return counts.reduce<number | undefined>(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
}

function countIn({ background, command }: Statement): number | undefined {
  return background === true ? undefined : countOf(command);
}

function countOf(node: SyntaxNode): number | undefined {
  if (node.type === 'Command') return CHANGES.test(node.name?.value ?? '') ? 1 : 0;
  if (node.type === 'Pipeline') return node.commands.some((each) => countOf(each) !== 0) ? undefined : 0;
  if (node.type !== 'AndOr' || node.operators.some((operator) => operator !== '&&')) return undefined;
  const counts = node.commands.map(countOf);
  return counts.includes(undefined) ? undefined : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}
