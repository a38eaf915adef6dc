import type { Match } from '#protocol/parts.ts';
import { CallPath } from './callPath.ts';
import { wildcard } from './glob.ts';

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

/** The paths of a call, resolved once for all blocks that it is compared with. */
const callPaths = new WeakMap<ToolCall, CallPath[]>();

function resolvedPathsOf(call: ToolCall): CallPath[] {
  const known = callPaths.get(call) ?? pathsOf(call).map((path) => new CallPath(path, call.cwd));
  callPaths.set(call, known);
  return known;
}

/** Whether a call fits `match`, whose own relative paths start in `root` (the project). */
export function matches(match: Match | undefined, call: ToolCall, root: string): boolean {
  if (match === undefined) return true;
  if (match.tool !== undefined && !match.tool.split('|').some((t) => toolMatches(t.trim(), call.tool))) return false;
  const { path } = match;
  if (path !== undefined && !resolvedPathsOf(call).some((named) => named.fits(path, root))) return false;
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
