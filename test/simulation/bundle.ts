import { readFileSync } from 'node:fs';
import { build, type Plugin } from 'esbuild';
import { repoRoot } from '#test/lib/runtimes.ts';
import { GIVEN, MODULES, type Programs } from './programs.ts';

const SOURCES: Record<keyof Programs, string> = {
  hook: './hooks/hook.ts',
  cli: './src/cli/main.ts',
  runner: './src/runner/main.ts',
  parts: './test/simulation/parts.ts',
};

/** A change of a source file that makes a deliberately broken program: the text must be there once. */
export interface Break {
  file: string;
  from: string;
  to: string;
}

/** The files that run as they are loaded: here all that follows their imports is a function, so that they run again and again. */
const MAINS = /[/\\](hooks[/\\]hook|src[/\\]cli[/\\]main|src[/\\]runner[/\\]main)\.ts$/;

function asFunction(text: string): string {
  const end = [...text.matchAll(/^import [^;]*;$/gm)].reduce(
    (last, { index, 0: line }) => Math.max(last, index + line.length),
    0,
  );
  return `${text.slice(0, end)}\nexport const start = () => {${text.slice(end)}\n};\n`;
}

const sourcePlugin = (breaks: readonly Break[]): Plugin => ({
  name: 'simulated programs',
  setup: (bundle) =>
    bundle.onLoad({ filter: /[/\\](src|hooks)[/\\].*\.ts$/ }, ({ path: file }) => {
      const concerned = breaks.filter((each) => file.replaceAll('\\', '/').endsWith(`/${each.file}`));
      if (concerned.length === 0 && !MAINS.test(file)) return undefined;
      let contents = readFileSync(file, 'utf8');
      for (const { from, to } of concerned) {
        if (contents.split(from).length !== 2) throw new Error(`${file} does not have this text once: ${from}`);
        contents = contents.replace(from, () => to);
      }
      return { contents: MAINS.test(file) ? asFunction(contents) : contents, loader: 'ts' };
    }),
});

/** Node's modules come from the simulated machine. */
const builtins: Plugin = {
  name: 'simulated builtins',
  setup: (bundle) => {
    bundle.onResolve({ filter: /^node:/ }, ({ path: name }) => ({ path: name, namespace: 'simulated' }));
    bundle.onLoad({ filter: /.*/, namespace: 'simulated' }, ({ path: name }) => ({
      // names of its own: what esbuild makes of a module without them costs a call at each use
      contents: [
        `const all = simulated(${JSON.stringify(name)});`,
        ...Object.keys(MODULES[name] ?? {})
          .filter((each) => each !== 'default' && each !== 'module.exports')
          .map((each) => `export const ${each} = all.${each};`),
        'export default all;',
      ].join('\n'),
    }));
  },
};

const SNAPSHOT = 'src/core/session/snapshot.ts';
/** Snapshots are for logs that are longer than those of a simulated world: here they are kept as soon as this. */
const SMALL_SNAPSHOTS: Break[] = [
  { file: SNAPSHOT, from: 'MIN_FOLDED_BYTES = 32 * 1024', to: 'MIN_FOLDED_BYTES = 600' },
  { file: SNAPSHOT, from: 'Math.max(MIN_FOLDED_BYTES, snapshotSize)', to: 'MIN_FOLDED_BYTES' },
];

/** Bundles the programs once, with Node's parts replaced: the text of a function. */
export async function bundlePrograms(breaks: readonly Break[] = []): Promise<string> {
  const plugin = new URL('build/schemasAsData.mjs', `file://${repoRoot}/`).href;
  const { schemasAsData } = (await import(plugin)) as { schemasAsData: Plugin };
  const contents = Object.entries(SOURCES).map(([name, source]) => `exports.${name} = () => require('${source}');`);
  const { outputFiles } = await build({
    stdin: { contents: contents.join('\n'), resolveDir: repoRoot, sourcefile: 'simulated.js' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // promises are the simulation's own, and those of async functions would be V8's
    supported: { 'async-await': false, 'async-generator': false, 'for-await': false, 'dynamic-import': false },
    alias: { 'jsonc-parser': `${repoRoot}/node_modules/jsonc-parser/lib/esm/main.js` },
    plugins: [sourcePlugin([...SMALL_SNAPSHOTS, ...breaks]), schemasAsData, builtins],
    logLevel: 'silent',
    absWorkingDir: repoRoot,
  });
  return `(function (exports, ${Object.keys(GIVEN).join(', ')}) {${outputFiles[0]?.text}\n})`;
}
