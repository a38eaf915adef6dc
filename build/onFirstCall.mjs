// An esbuild plugin for programs that must start at once: a module of functions, of which most runs call none, is a file of
// its own that is loaded when one of them is first called. Unlike an `import()`, such a call may be synchronous.

/** The functions `names` of the file named `source` are taken from require(`path`). */
export const onFirstCall = (source, path, names) => ({
  name: 'onFirstCall',
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: new RegExp(`^${path.replaceAll('.', '\\.')}$`) }, () => ({ path, external: true }));
    onLoad({ filter: new RegExp(`/${source}\\.ts$`) }, () => ({
      contents: names
        .map((name) => `export const ${name} = (...given) => require("${path}").${name}(...given);`)
        .join('\n'),
    }));
  },
});
