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
    // that come from other machines, and the settings by which these are reached
    ['extension', 'dist/extension.js', 152],
    // with all that a refusal is worded by: to load another file for it would take 6 ms; 2 know the lines of other machines, and
    // what is given back where its claim does not count
    ['hook', 'dist/hooks/hook.cjs', 65],
    // the client of the server of several machines, which the bridge alone loads
    ['nats', 'dist/hooks/nats.cjs', 240],
    ...webviews.map((file): [string, string, number] => [`webview-${file}`, `dist/webview/${file}`, 60]),
  ];
  const built = files.map(([name, file, limit]) => ({ name, file, value: bytes(join(repoRoot, file)) / 1000, limit }));
  // 620 for programs and pages, which know every agent of Claude Code and steer it, also from its own window, and the systems
  // that show their processes or files in another way; 100 for other machines, of which the client of NATS has 63, and the bridge
  // with what several machines need in each program the rest; 24 for each of five translations; and 11 for the licences of
  // what is bundled
  return [...built, { name: 'vsix', value: (bytes(await packagedExtension()) - pictures()) / 1000, limit: 850 }];
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
