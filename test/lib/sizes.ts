import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from './runtimes.ts';
import { packagedExtension } from './vsix.ts';

/** One thing that is shipped; sizes are in KB of 1,000 bytes. */
export interface Size {
  name: string;
  /** Its name in `out/meta.json`; the package has none. */
  file?: string;
  value: number;
  limit: number;
}

/** Sizes of what has been built, and of the package without its pictures. */
export async function sizes(): Promise<Size[]> {
  const webviews = readdirSync(join(repoRoot, 'dist', 'webview')).filter((name) => name.endsWith('.js'));
  const files: [name: string, file: string, limit: number][] = [
    // 1 of it knows processes without /proc, what a runner's sign of life says, and clocks that were set back; 1 the lines
    // that come from other machines, and the settings by which these are reached; 1 what agents have not committed, and the panel's
    // parts for a thousand workers; 3 what was seen of commands that have to pass; 4 calls that have reached a limit, and the sums of
    // budgets;
    // 2 which branches would merge, and the conditions that wait for it
    ['extension', 'dist/extension.js', 162],
    // with all that a refusal is worded by: to load another file for it would take 6 ms; 2 know the lines of other machines, and
    // what is given back where its claim does not count; 2 whether what a block waits for is proven, which each call may ask; 3 whether it sets a limit, and the settings that do
    // 47 are the whole fold and the delivery of notes: a call that finds a lock, a vote or a note behind its snapshot takes a fifth less
    // with them here, and one that finds none of these 2 % more
    ['hook', 'dist/hooks/hook.cjs', 118],
    // the client of the server of several machines, which the bridge alone loads
    ['nats', 'dist/hooks/nats.cjs', 240],
    ...webviews.map((file): [string, string, number] => [`webview-${file}`, `dist/webview/${file}`, 60]),
  ];
  const built = files.map(([name, file, limit]) => ({ name, file, value: bytes(join(repoRoot, file)) / 1000, limit }));
  // 620 for programs and pages, which know every agent of Claude Code and steer it, also from its own window, and the systems
  // that show their processes or files in another way; 100 for other machines, of which the client of NATS has 63, and the bridge
  // with what several machines need in each program the rest; 24 for each of five translations; 11 for the licences of
  // what is bundled; 30 for sessions of other machines in the panel: their page, their commands, and 8 of it their
  // translations; and 25 for joined Claudes, output and rooms of other machines, and the bill of materials;
  // 30 for policies tried on the past, the waiting bill and what was seen of commands that have to pass;
  // 15 for the judgement of git's commands and the watch of what agents have not committed;
  // 20 for the hooks of git: 11 what they judge and install, and 9 the command for them in the editor, in six languages;
  // 15 for branches that would conflict: the look ahead, what hooks and commands make of it, the panel's section in six languages;
  // 12 for caps, budgets and windows of the subscription: what is counted, their settings and texts in six languages;
  // 5 for whose the entries of git's stash are, and a worker's done that waits for a proof;
  // 13 for the status line, the rates at which agents spend and budgets of runs: 9 of it the status line, its program, its place in
  // the settings, its command and texts in six languages;
  // 12 for the fold and the delivery of notes, which are in the hook's own file as well;
  // 4 for the programs that start others, more places of passwords, and what bridges find wrong with names and credentials
  return [...built, { name: 'vsix', value: (bytes(await packagedExtension()) - pictures()) / 1000, limit: 1066 }];
}

/** The sources in a built file with their bytes, the largest first. */
export function largestInputs(file: string, most: number): string[] {
  const builds = Object.values(JSON.parse(readFileSync(join(repoRoot, 'out', 'meta.json'), 'utf8'))) as {
    outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
  }[];
  return builds
    .flatMap(({ outputs }) => Object.entries(outputs[file]?.inputs ?? {}))
    .toSorted(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .slice(0, most)
    .map(([source, { bytesInOutput }]) => `${bytesInOutput} ${source}`);
}

const bytes = (path: string): number => statSync(path).size;

/** Bytes of the walkthrough's pictures, which the package cannot compress. */
function pictures(): number {
  const folder = join(repoRoot, 'media', 'walkthrough');
  if (!existsSync(folder)) return 0;
  const names = readdirSync(folder).filter((name) => /\.(png|gif|webp|jpg)$/.test(name));
  return names.reduce((sum, name) => sum + bytes(join(folder, name)), 0);
}
