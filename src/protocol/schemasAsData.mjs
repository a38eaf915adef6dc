// An esbuild plugin: the schemas are data in what is shipped. `src/protocol/schemas.ts` is run while building, and what
// it exports takes its place, so that no program loads zod.
import * as esbuild from 'esbuild';
import { resolve } from 'node:path';

export const schemasAsData = {
  name: 'schemasAsData',
  setup: (build) =>
    build.onLoad({ filter: /[/\\]protocol[/\\]schemas\.ts$/ }, async ({ path }) => {
      const { outputFiles, metafile } = await esbuild.build({
        entryPoints: [path],
        bundle: true,
        platform: 'node',
        format: 'esm',
        write: false,
        metafile: true,
      });
      const values = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);
      return {
        contents: asModule(values),
        loader: 'js',
        watchFiles: Object.keys(metafile.inputs).map((file) => resolve(file)),
      };
    }),
};

/** Values as the text of a module that exports them; equal parts are written once. */
function asModule(values) {
  const known = new Map();
  const lines = [];
  const write = (value) => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const text = Array.isArray(value)
      ? `[${value.map(write).join()}]`
      : `{${Object.entries(value)
          .map(([name, part]) => `${JSON.stringify(name)}:${write(part)}`)
          .join()}}`;
    if (!known.has(text)) {
      known.set(text, `part${known.size}`);
      lines.push(`const ${known.get(text)} = ${text};`);
    }
    return known.get(text);
  };
  for (const [name, value] of Object.entries(values)) lines.push(`export const ${name} = ${write(value)};`);
  return lines.join('\n');
}
