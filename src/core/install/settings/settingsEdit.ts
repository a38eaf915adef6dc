import { getNodeValue, type Node } from 'jsonc-parser';
import { firstNonJsonLine, problemAt, type TextProblem } from '#core/base/jsonc.ts';
import { SINCE } from '#core/claude/versions.ts';
import { originalInside, recordEmpty, wasCreated, type Footprint, type PermissionRule } from './footprint.ts';
import {
  couldRefuse,
  hookShapeProblem,
  invalidHooks,
  isTooLarge,
  permissionShapeProblem,
  wrongOnFailure,
  type HookEntry,
  type HookTest,
} from './hookShape.ts';
import {
  appendAt,
  emptyInside,
  nodeAt,
  parseText,
  removeAt,
  replaceAt,
  type JsonPath,
  type JsonText,
} from './jsonText.ts';
import { refusedSetting } from './claudeSettingsValues.ts';
import { collapseValues } from './collapseValues.ts';
import { statusLineOf } from './statusLine.ts';
import { removeStatusLine, setStatusLine } from './statusLineEdit.ts';

/** The keys that are edited; all others stay as they are. */
const EDITED_KEYS = ['hooks', 'permissions', 'statusLine'];

/** Each removal parses the text again; no installation ever made a tenth of it. */
const MAX_OWN_ENTRIES = 300;

export type EditResult =
  { ok: true; text: string; footprint: Footprint; warnings: string[] } | { ok: false; problem: TextProblem };

export interface Addition {
  /** The handlers of each event; they become one group without a matcher. */
  entries: Readonly<Record<string, readonly HookEntry[]>>;
  permissions?: readonly PermissionRule[];
  /** Rules of earlier installations; they are removed. */
  former?: readonly PermissionRule[];
  /** The home that keeps what the status line is handed; null: none does any more; undefined: the status line stays as it is. */
  statusLine?: string | null | undefined;
  /** Recognizes our handlers, of this or an older version. */
  isOurs: HookTest;
}

/**
 * Adds hook entries to the text of a Claude Code settings file (JSON with comments; may be empty). Earlier entries of
 * ours are replaced, and every other byte stays; adding the same entries again changes nothing. Refuses, with line and
 * column, a text that cannot be parsed or whose hooks have another shape. `warnings` names each part of the person's
 * own text for which Claude Code ignores the whole file: an invalid entry, a comment, a trailing comma.
 */
export function addHooks(text: string, addition: Addition): EditResult {
  const { entries, permissions = [], former = [], statusLine, isOurs } = addition;
  const [byteOrderMark, body] = splitByteOrderMark(text);
  const parsed = parseText(body);
  if (!parsed.ok) return parsed;
  const { json } = parsed;
  const { root } = json;
  const footprint: Footprint = { containers: [], rules: [] };
  if (root !== undefined) {
    if (root.type !== 'object') return refuse(body, root.offset, 'The settings are not an object');
    const problem = hookShapeProblem(json) ?? (permissions.length > 0 ? permissionShapeProblem(json) : undefined);
    if (problem !== undefined) return { ok: false, problem };
  } else {
    footprint.blank = body;
  }
  const crowded = crowdedProblem(json, isOurs);
  if (crowded !== undefined) return { ok: false, problem: crowded };
  const current = statusLineOf(json);
  if (statusLine !== undefined && statusLine !== null && current.state === 'other')
    return { ok: false, problem: current.problem };
  const invalid = root === undefined ? [] : invalidHooks(getNodeValue(root));
  const onFailure = root === undefined ? undefined : wrongOnFailure(getNodeValue(root));
  const nonJsonLine = firstNonJsonLine(body);
  const ignored = nonJsonLine === undefined ? [] : [`a comment or trailing comma (line ${nonJsonLine})`];

  const { json: collapsed, restore } = collapseValues(root === undefined ? withEmptyObject(body) : json, EDITED_KEYS);
  let next = collapsed;
  for (const event of eventsOf(next)) {
    if (!Object.hasOwn(entries, event)) next = removeFromEvent(next, event, isOurs).json;
  }
  for (const [event, hooks] of Object.entries(entries)) next = setEvent(next, event, { hooks }, isOurs, footprint);
  for (const rule of former) next = removeRule(next, rule);
  for (const rule of permissions) next = addRule(next, rule, footprint);
  if (statusLine !== undefined) next = setStatusLine(next, statusLine, isOurs, footprint);

  if (next.root === undefined || invalidHooks(getNodeValue(next.root)).length > invalid.length) {
    return refuse(body, 0, 'Claude Code would not accept these settings with the hooks added; nothing was changed');
  }
  const after = byteOrderMark + restore(next.text);
  const refused = root === undefined ? undefined : refusedSetting(getNodeValue(root), undefined);
  if (refused?.certain) ignored.push(`the value that "${refused.setting}" has, which it does not take`);
  if (isTooLarge(Buffer.byteLength(text))) ignored.push('more than 2 MiB');
  else if (isTooLarge(Buffer.byteLength(after)))
    return refuse(body, 0, 'With the hooks this file would be over 2 MiB, and Claude Code ignores such a file');
  const warnings = [
    ...(refused?.certain === false
      ? [`Some versions of Claude Code ignore this whole file for the value that "${refused.setting}" has.`]
      : []),
    ...ignored.map((cause) => `Claude Code ignores this whole file as long as it holds ${cause}.`),
    ...invalid.map((cause) => `${ignoringVersions(cause)} this whole file as long as it holds ${cause}.`),
    ...(onFailure === undefined
      ? []
      : [`Claude Code ${SINCE.refusesOnFailure} and newer ignores this whole file as long as it holds ${onFailure}.`]),
  ];
  return { ok: true, text: after, footprint, warnings };
}

const ignoringVersions = (error: string): string =>
  couldRefuse(error) ? 'Claude Code ignores' : `Claude Code before ${SINCE.passesOverInvalidHooks} ignores`;

export interface Removal {
  isOurs: HookTest;
  /** As `addHooks` returned it; if it is no longer known, `rules` names the permission rules that are ours. */
  footprint?: Footprint;
  rules?: readonly PermissionRule[];
}

/**
 * Removes our entries, from shared groups too; every other byte stays. With the installation's footprint the result is
 * the original text. Refuses only a text that cannot be parsed, or has hundreds of our entries, so that uninstalling nearly always works.
 */
export function removeHooks(text: string, { isOurs, footprint, rules = [] }: Removal): EditResult {
  const [byteOrderMark, body] = splitByteOrderMark(text);
  const parsed = parseText(body);
  if (!parsed.ok) return parsed;
  const crowded = crowdedProblem(parsed.json, isOurs);
  if (crowded !== undefined) return { ok: false, problem: crowded };
  const { json, restore } = collapseValues(parsed.json, EDITED_KEYS);
  let next = removeStatusLine(json, isOurs, footprint);
  let emptied = false;
  for (const event of eventsOf(next)) {
    const removed = removeFromEvent(next, event, isOurs, footprint);
    next = removed.json;
    emptied ||= removed.emptied;
  }
  if (emptied) next = dropIfEmpty(next, ['hooks'], footprint).json;
  for (const rule of footprint?.rules ?? rules) next = removeRule(next, rule, footprint);
  const blank = footprint?.blank;
  const bareText = blank !== undefined && isBareObject(next, blank) ? blank : next.text;
  return { ok: true, text: byteOrderMark + restore(bareText), footprint: { containers: [], rules: [] }, warnings: [] };
}

/** A settings text whose status line does not go through Fermata any more; every other byte stays. */
export function withoutStatusLine(text: string, { isOurs, footprint }: Omit<Removal, 'rules'>): EditResult {
  const [byteOrderMark, body] = splitByteOrderMark(text);
  const parsed = parseText(body);
  if (!parsed.ok) return parsed;
  const { text: after } = removeStatusLine(parsed.json, isOurs, footprint);
  return { ok: true, text: byteOrderMark + after, footprint: { containers: [], rules: [] }, warnings: [] };
}

function crowdedProblem(json: JsonText, isOurs: HookTest): TextProblem | undefined {
  const count = eventsOf(json).reduce((sum, event) => sum + ownHookPaths(json, event, isOurs).length, 0);
  if (count <= MAX_OWN_ENTRIES) return undefined;
  const { offset } = nodeAt(json.root, ['hooks']) as Node;
  return problemAt(
    json.text,
    offset,
    `"hooks" has ${count} entries of Fermata, too many to edit: remove them yourself`,
  );
}

function setEvent(json: JsonText, event: string, group: object, isOurs: HookTest, footprint: Footprint): JsonText {
  const paths = ownHookPaths(json, event, isOurs);
  const [only] = paths;
  if (only !== undefined && paths.length === 1 && only.length === 3) {
    const current: unknown = getNodeValue(nodeAt(json.root, only) as Node);
    return JSON.stringify(current) === JSON.stringify(group) ? json : replaceAt(json, only, group);
  }
  let next = json;
  for (const path of paths.toReversed()) next = removeAt(next, path);
  return append(next, ['hooks', event], group, footprint);
}

/** Appends to the array at `path`. Creates missing containers on the path, and records them in the footprint. */
function append(json: JsonText, path: string[], value: unknown, footprint: Footprint): JsonText {
  for (let depth = 0; depth < path.length; depth++) {
    const parent = path.slice(0, depth);
    const step = String(path[depth]);
    recordEmpty(json, parent, footprint);
    if (nodeAt(json.root, [...parent, step]) !== undefined) continue;
    const missing = path.slice(depth);
    missing.forEach((_, index) => footprint.containers.push({ path: path.slice(0, depth + index + 1), inside: null }));
    const created = missing.slice(1).reduceRight<unknown>((inner, name) => ({ [name]: inner }), [value]);
    return appendAt(json, parent, created, step);
  }
  recordEmpty(json, path, footprint);
  return appendAt(json, path, value);
}

/** The paths of groups that are all ours, and of our entries in other groups, in the order of the text. */
function ownHookPaths({ root }: JsonText, event: string, isOurs: HookTest): JsonPath[] {
  const groups = nodeAt(root, ['hooks', event]);
  if (groups?.type !== 'array') return [];
  return (groups.children ?? []).flatMap((group, number): JsonPath[] => {
    const hooks = nodeAt(group, ['hooks']);
    const all = hooks?.type === 'array' ? (hooks.children ?? []) : [];
    const ours = all.flatMap((hook, position) => (isOurs(getNodeValue(hook)) ? [position] : []));
    if (ours.length > 0 && ours.length === all.length) return [['hooks', event, number]];
    return ours.map((position) => ['hooks', event, number, 'hooks', position]);
  });
}

function removeFromEvent(json: JsonText, event: string, isOurs: HookTest, footprint?: Footprint): DropResult {
  const paths = ownHookPaths(json, event, isOurs);
  let next = json;
  for (const path of paths.toReversed()) next = removeAt(next, path, originalInside(['hooks', event], footprint));
  return paths.length === 0 ? { json, emptied: false } : dropIfEmpty(next, ['hooks', event], footprint);
}

interface DropResult {
  json: JsonText;
  /** Whether the container was removed, so that its parent may be empty now. */
  emptied: boolean;
}

/** Removes an empty container if an installation created it, or if there is no footprint. */
function dropIfEmpty(json: JsonText, path: string[], footprint?: Footprint): DropResult {
  const node = nodeAt(json.root, path);
  if (node === undefined || emptyInside(json, node)?.trim() !== '') return { json, emptied: false };
  if (footprint !== undefined && !wasCreated(footprint, path)) return { json, emptied: false };
  return { json: removeAt(json, path, originalInside(path.slice(0, -1), footprint)), emptied: true };
}

function addRule(json: JsonText, { list, rule }: PermissionRule, footprint: Footprint): JsonText {
  const rules = nodeAt(json.root, ['permissions', list])?.children ?? [];
  if (rules.some((node) => node.value === rule)) return json;
  footprint.rules.push({ list, rule });
  return append(json, ['permissions', list], rule, footprint);
}

function removeRule(json: JsonText, { list, rule }: PermissionRule, footprint?: Footprint): JsonText {
  const path = ['permissions', list];
  const rules = nodeAt(json.root, path);
  const position = rules?.type === 'array' ? (rules.children ?? []).findIndex((node) => node.value === rule) : -1;
  if (position < 0) return json;
  const removed = dropIfEmpty(removeAt(json, [...path, position], originalInside(path, footprint)), path, footprint);
  return removed.emptied ? dropIfEmpty(removed.json, ['permissions'], footprint).json : removed.json;
}

function eventsOf({ root }: JsonText): string[] {
  const hooks = nodeAt(root, ['hooks']);
  if (hooks?.type !== 'object') return [];
  return [...new Set((hooks.children ?? []).map((property) => String(property.children?.[0]?.value)))];
}

function withEmptyObject(blank: string): JsonText {
  const eol = /\r?\n/.exec(blank)?.[0] ?? '\n';
  const parsed = parseText(blank + (blank === '' || /[\r\n]$/.test(blank) ? '' : eol) + '{}' + eol);
  return parsed.ok ? parsed.json : { text: blank, root: undefined };
}

function isBareObject(json: JsonText, blank: string): boolean {
  const { text, root } = json;
  if (root === undefined || emptyInside(json, root)?.trim() !== '') return false;
  return (text.slice(0, root.offset) + text.slice(root.offset + root.length)).trim() === blank.trim();
}

/** Splits a text into its byte order mark (or '') and the rest. */
const splitByteOrderMark = (text: string): [string, string] =>
  text.startsWith('\uFEFF') ? ['\uFEFF', text.slice(1)] : ['', text];

function refuse(text: string, offset: number, message: string): EditResult {
  return { ok: false, problem: problemAt(text, offset, message) };
}
