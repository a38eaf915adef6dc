// An esbuild plugin: a file that is written asks for `vscode` once, and not once for each file of the source in it. At
// every call the extension host looks up who asks, on disk, and the answer is copied name by name.
export const vscodeOnce = {
  name: 'vscodeOnce',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^vscode$/ }, ({ path, namespace }) =>
      namespace === 'once' ? { path, external: true } : { path, namespace: 'once', sideEffects: false },
    );
    onLoad({ filter: /^vscode$/, namespace: 'once' }, () => ({ contents: "export * from 'vscode';" }));
  },
};
