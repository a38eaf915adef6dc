// All programs but the hook's are one file, programs.cjs: they share most of their modules. Each of its exports is a function
// that runs a program, or returns a part of the hook, and only then are the modules of it evaluated.

/** The exports of programs.cjs. */
const PROGRAMS = {
  coldHandlers: 'hooks/coldHandlers.ts',
  rare: 'hooks/rare.ts',
  wake: 'hooks/wake.ts',
  mod: 'hooks/mod.ts',
  runner: 'src/runner/main.ts',
  bridge: 'src/bridge/main.ts',
  gitWatch: 'src/gitWatch/main.ts',
  fermata: 'src/cli/main.ts',
  demo: 'src/demo/main.ts',
};

/** The files by whose names programs are started, and what they start. */
export const STARTED = {
  'hooks/wake.cjs': 'wake',
  'hooks/mod.cjs': 'mod',
  'hooks/runner.cjs': 'runner',
  'hooks/bridge.cjs': 'bridge',
  'hooks/gitWatch.cjs': 'gitWatch',
  'fermata.cjs': 'fermata',
  'demo.cjs': 'demo',
};

/** @type {import('esbuild').BuildOptions} */
export const programs = {
  stdin: {
    contents: Object.entries(PROGRAMS)
      .map(([name, source]) => `exports.${name} = () => require('./${source}');`)
      .join('\n'),
    sourcefile: 'programs.js',
    resolveDir: '.',
  },
};
