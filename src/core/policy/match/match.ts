import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Match } from '#protocol/parts.ts';
import { pathGlob, wildcard } from './glob.ts';

/** Why a pattern fits a command: it runs what the pattern means, or it cannot be read and has the pattern's words. */
export type Fit = { kind: 'runs' } | { kind: 'might'; reason: string };

/** One tool call. Its relative paths start in `cwd`. */
export interface ToolCall {
  tool: string;
  input: Record<string, unknown>;
  cwd: string;
  /** Whether a pattern fits its command. Handed in, since the parser is loaded only where it is needed. */
  fit?: ((pattern: string, root: string) => Fit | undefined) | undefined;
}

/** The paths in a call's input: of a file, a notebook, a folder to search. */
export function pathsOf(call: ToolCall): string[] {
  return ['file_path', 'notebook_path', 'path']
    .map((key) => call.input[key])
    .filter((value): value is string => typeof value === 'string' && value !== '');
}

/** The real path of a file that may not exist yet: links are resolved in the part that exists. */
function resolvedPath(path: string, cwd: string): string {
  const absolute = resolve(cwd, path);
  try {
    return realpathSync.native(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(resolvedPath(parent, cwd), basename(absolute));
  }
}

/** Whether a call fits `match`, whose own relative paths start in `root` (the project). */
export function matches(match: Match | undefined, call: ToolCall, root: string): boolean {
  if (match === undefined) return true;
  if (match.tool !== undefined && !match.tool.split('|').some((t) => toolMatches(t.trim(), call.tool))) return false;
  if (match.path !== undefined && !pathsOf(call).some((path) => pathMatches(match.path ?? '', path, call.cwd, root)))
    return false;
  if (match.command !== undefined) {
    if (typeof call.input['command'] !== 'string') return false;
    // a command that was not read counts as fitting
    if (call.fit !== undefined && call.fit(match.command, root) === undefined) return false;
  }
  return true;
}

/** Claude Code has two names for the tool that starts a subagent, and takes either for the other. */
const SUBAGENT_TOOLS = ['Agent', 'Task'];

function toolMatches(pattern: string, tool: string): boolean {
  const names = SUBAGENT_TOOLS.includes(tool) ? SUBAGENT_TOOLS : [tool];
  return names.some((name) => wildcard(pattern, name));
}

function pathMatches(pattern: string, path: string, cwd: string, root: string): boolean {
  const target = resolvedPath(path, cwd);
  // only the part of the pattern before its first wildcard can be a real path
  const fixed = pattern.split('/').findIndex((segment) => /[*?]/.test(segment));
  if (fixed === -1) return resolvedPath(pattern, root) === target;
  const segments = pattern.split('/');
  const head = segments.slice(0, fixed).join('/');
  const base = resolvedPath(pattern.startsWith('/') ? head || '/' : head, root);
  return pathGlob([base === '/' ? '' : base, ...segments.slice(fixed)].join('/'), target);
}
