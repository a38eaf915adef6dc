import { relative } from 'node:path';
import { ellipsize } from '#core/base/text.ts';

type Input = Record<string, unknown>;

const MAX_CHARS = 120;

/** The tools that change a file. */
const EDIT_TOOLS: ReadonlySet<string> = new Set(['Edit', 'MultiEdit', 'Write', 'NotebookEdit']);

/** The file that a call changes; undefined for calls of other tools. */
export function editedFile(tool: string, input: Input): string | undefined {
  return EDIT_TOOLS.has(tool) ? pathOf(input) : undefined;
}

/** A call in a few words: `Edit src/a.ts`, `Bash: npm test`. Paths below `cwd` are relative to it. */
export function describeCall(tool: string, input: Input, cwd: string | undefined): string {
  const path = pathOf(input);
  if (path !== undefined) return `${tool} ${ellipsize(cwd === undefined ? path : shortenPath(path, cwd), MAX_CHARS)}`;
  const { command, pattern, url, description, subject, prompt } = input;
  const argument = [command, pattern, url, description, subject, prompt].find((v) => typeof v === 'string' && v !== '');
  return typeof argument === 'string' ? `${tool}: ${ellipsize(argument.trim().split('\n')[0] ?? '', MAX_CHARS)}` : tool;
}

function pathOf(input: Input): string | undefined {
  return [input['file_path'], input['notebook_path'], input['path']].find(
    (v): v is string => typeof v === 'string' && v !== '',
  );
}

function shortenPath(path: string, cwd: string): string {
  const relativePath = relative(cwd, path);
  return relativePath === '' || relativePath.startsWith('..') ? path : relativePath;
}
