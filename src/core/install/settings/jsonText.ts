import { createScanner, parseTree, type Node } from 'jsonc-parser';
import { parseJsonc, type TextProblem } from '#core/base/jsonc.ts';

/** The path of a value: property names and array positions. */
export type JsonPath = readonly (string | number)[];

// the parser declares these as ambient const enums, which cannot be used under isolatedModules
const LINE_COMMENT = 12;
const TRIVIA = 15;
const LINE_BREAK = 14;
const COMMA = 5;

/** A parsed text and its tree. A text without a value has no root. */
export interface JsonText {
  readonly text: string;
  readonly root: Node | undefined;
}

/** Parses JSON with comments and trailing commas; returns the first error as the problem. */
export function parseText(text: string): { ok: true; json: JsonText } | { ok: false; problem: TextProblem } {
  const parsed = parseJsonc(text);
  if (!parsed.ok) return parsed;
  return { ok: true, json: { text, root: parseTree(text, [], { allowTrailingComma: true, allowEmptyContent: true }) } };
}

/** The node at `path`. Of two equal keys the last one counts, as in JSON.parse. */
export function nodeAt(from: Node | undefined, path: JsonPath): Node | undefined {
  let node = from;
  for (const step of path) {
    if (node === undefined) return undefined;
    node = typeof step === 'number' ? element(node, step) : propertyOf(node, step)?.children?.[1];
  }
  return node;
}

/** The text between the brackets of an object or array without members; undefined if it has members. */
export function emptyInside({ text }: JsonText, container: Node): string | undefined {
  if (container.children?.length !== 0) return undefined;
  return text.slice(container.offset + 1, container.offset + container.length - 1);
}

/**
 * Adds a value at the end of the array, or under `key` at the end of the object, at `path`, in the layout of the last
 * member. Comments stay beside their neighbours, and a trailing comma stays trailing. `removeAt` undoes it exactly if
 * the container was not empty.
 */
export function appendAt(json: JsonText, path: JsonPath, value: unknown, key?: string): JsonText {
  const { text } = json;
  const container = requireNode(nodeAt(json.root, path));
  const last = container.children?.at(-1);
  const close = container.offset + container.length - 1;
  const after = last === undefined ? container.offset + 1 : endOf(last);
  const gap = scanGap(text, after, close);
  const layout = layoutOf(text, requireNode(json.root));
  const lastHasLine = last !== undefined && isFirstOnLine(text, last.offset);
  const ownLine = gap.lineComment || (last === undefined ? !layout.oneLine : lastHasLine);
  const baseIndent = indentAt(text, container.offset);
  const indent = last !== undefined && lastHasLine ? indentAt(text, last.offset) : baseIndent + layout.unit;
  const flat = layout.oneLine || (!ownLine && !/[\r\n]/.test(text.slice(container.offset, close)));
  const name = key === undefined ? '' : `${JSON.stringify(key)}:${layout.oneLine ? '' : ' '}`;
  const body = name + render(value, flat ? undefined : { ...layout, indent: ownLine ? indent : baseIndent });
  const before = ownLine ? layout.eol + indent : last === undefined ? '' : ' ';
  const closing =
    last === undefined && ownLine && !/[\r\n]/.test(text.slice(gap.end, close)) ? layout.eol + baseIndent : '';
  const trailing = last !== undefined && gap.comma !== undefined ? ',' : '';
  const comma = last !== undefined && gap.comma === undefined ? ',' : '';
  const added = before + body + trailing + closing;
  return reparse(text.slice(0, after) + comma + text.slice(after, gap.end) + added + text.slice(gap.end));
}

/** Replaces the value at `path`. */
export function replaceAt(json: JsonText, path: JsonPath, value: unknown): JsonText {
  const { text } = json;
  const node = requireNode(nodeAt(json.root, path));
  const layout = layoutOf(text, requireNode(json.root));
  const flat = layout.oneLine || !/[\r\n]/.test(text.slice(node.offset, endOf(node)));
  const body = render(value, flat ? undefined : { ...layout, indent: indentAt(text, node.offset) });
  return reparse(text.slice(0, node.offset) + body + text.slice(endOf(node)));
}

/**
 * Removes the property or element at `path` with its comma and the white space before it; comments stay. If its
 * container becomes empty, the container's text becomes `inside`, its text before the first member was added.
 */
export function removeAt(json: JsonText, path: JsonPath, inside?: string): JsonText {
  const { text } = json;
  const step = path.at(-1);
  const parent = requireNode(nodeAt(json.root, path.slice(0, -1)));
  const target = requireNode(typeof step === 'number' ? element(parent, step) : propertyOf(parent, String(step)));
  const siblings = parent.children ?? [];
  const position = siblings.indexOf(target);
  const close = parent.offset + parent.length - 1;
  const end = endOf(target);
  const next = siblings[position + 1];
  const previous = siblings[position - 1];
  const commaAfter = scanGap(text, end, next?.offset ?? close).comma;
  const gapStart = previous === undefined ? parent.offset + 1 : endOf(previous);
  const commaBefore =
    commaAfter === undefined && previous !== undefined ? scanGap(text, gapStart, target.offset).comma : undefined;
  const suffix = commaAfter === undefined ? text.slice(end) : text.slice(end, commaAfter) + text.slice(commaAfter + 1);
  const prefix = text.slice(0, target.offset);
  const trimmedLength = prefix.trimEnd().length;
  // a line comment would make a comment of the text that moves up behind it
  const swallows = scanGap(text, gapStart, target.offset).lineComment && !/^[ \t]*(?:\r|\n|$)/.test(suffix);
  const keptPrefix = swallows ? prefix : prefix.slice(0, Math.max(trimmedLength, gapStart));
  const head =
    commaBefore === undefined ? keptPrefix : keptPrefix.slice(0, commaBefore) + keptPrefix.slice(commaBefore + 1);
  const result = reparse(head + suffix);
  return siblings.length > 1 ? result : restoreInside(result, path.slice(0, -1), inside);
}

function restoreInside(json: JsonText, path: JsonPath, inside = ''): JsonText {
  const { text } = json;
  const container = requireNode(nodeAt(json.root, path));
  const remaining = emptyInside(json, container) ?? '';
  if (remaining === inside || remaining.trim() !== inside.trim()) return json;
  return reparse(text.slice(0, container.offset + 1) + inside + text.slice(container.offset + container.length - 1));
}

interface Layout {
  eol: string;
  unit: string;
  /** The whole document is on one line, and stays on one. */
  oneLine: boolean;
}

function layoutOf(text: string, root: Node): Layout {
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  const oneLine = (root.children?.length ?? 0) > 0 && !/[\r\n]/.test(text.slice(root.offset, endOf(root)));
  const child = root.children?.find((node) => isFirstOnLine(text, node.offset));
  const extra = child === undefined ? '' : indentAt(text, child.offset).slice(indentAt(text, root.offset).length);
  return { eol, unit: extra === '' ? '  ' : extra, oneLine };
}

function render(value: unknown, lines: { eol: string; unit: string; indent: string } | undefined): string {
  if (lines === undefined) return JSON.stringify(value);
  return JSON.stringify(value, null, '\t')
    .split('\n')
    .map((line, number) => {
      const depth = line.length - line.trimStart().length;
      return (number === 0 ? '' : lines.indent) + lines.unit.repeat(depth) + line.slice(depth);
    })
    .join(lines.eol);
}

/** Scans the text between two values: the comma's offset, the last token's end, whether that token is a // comment. */
function scanGap(text: string, from: number, to: number): { comma?: number; end: number; lineComment: boolean } {
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  const gap: { comma?: number; end: number; lineComment: boolean } = { end: from, lineComment: false };
  while (scanner.getPosition() < to) {
    const token: number = scanner.scan();
    if (scanner.getTokenOffset() >= to) break;
    if (token === TRIVIA || token === LINE_BREAK) continue;
    if (token === COMMA) gap.comma ??= scanner.getTokenOffset();
    gap.end = scanner.getTokenOffset() + scanner.getTokenLength();
    gap.lineComment = token === LINE_COMMENT;
  }
  return gap;
}

const lineStart = (text: string, offset: number): number =>
  Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;

const isFirstOnLine = (text: string, offset: number): boolean =>
  offset > 0 && /^[ \t]*$/.test(text.slice(lineStart(text, offset), offset)) && lineStart(text, offset) > 0;

const indentAt = (text: string, offset: number): string =>
  /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? '';

const endOf = (node: Node): number => node.offset + node.length;

const element = (array: Node, position: number): Node | undefined =>
  array.type === 'array' ? array.children?.[position] : undefined;

const propertyOf = (object: Node, key: string): Node | undefined =>
  object.type === 'object' ? object.children?.findLast((node) => node.children?.[0]?.value === key) : undefined;

/** Parses an edited text. An edit keeps the text valid, so an error is a bug in this file. */
function reparse(text: string): JsonText {
  const parsed = parseText(text);
  if (!parsed.ok) throw new Error(`jsonText: the edit broke the text: ${parsed.problem.message}`);
  return parsed.json;
}

function requireNode(node: Node | undefined): Node {
  if (node === undefined) throw new Error('jsonText: no such place');
  return node;
}
