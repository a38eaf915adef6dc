// An esbuild plugin: each output file requires `vscode` once, and not once for each file of the source in it. At every call
// the extension host searches the disk for the extension that calls, and the module is copied name by name.
export const vscodeOnce = {
  name: 'vscodeOnce',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^vscode$/ }, ({ path, namespace }) =>
      namespace === 'once' ? { path, external: true } : { path, namespace: 'once', sideEffects: false },
    );
    onLoad({ filter: /^vscode$/, namespace: 'once' }, () => ({ contents: "export * from 'vscode';" }));
  },
};
