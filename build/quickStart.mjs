// An esbuild plugin: puts quickStart.cjs before a program, and the program behind it into a comment.
import * as esbuild from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';

const MARK = '/*the program\n';
/** Stands for the end of a comment within the program. */
const END = '*\\u002f/';

export const quickStart = {
  name: 'quickStart',
  setup: ({ initialOptions, onEnd }) =>
    onEnd(async ({ metafile }) => {
      // the first entry point is the program; the others are parts of it
      const [program] = Object.values(initialOptions.entryPoints);
      for (const [file, { entryPoint }] of Object.entries(metafile?.outputs ?? {})) {
        if (entryPoint !== program) continue;
        const text = readFileSync(file, 'utf8');
        // the starter reads it as latin1
        if (/[^\0-\x7f]/.test(text) || text.includes(END))
          throw new Error(`${file} has what cannot be put into a comment`);
        writeFileSync(file, `${await starter()}${MARK}${text.replaceAll('*/', END)}*/`);
      }
    }),
};

async function starter() {
  const { code } = await esbuild.transform(readFileSync(new URL('quickStart.cjs', import.meta.url), 'utf8'), {
    minify: true,
    format: 'cjs',
    // written so that the mark itself is not in the code
    define: { PROGRAM_MARK: 'mark', COMMENT_END: JSON.stringify(END) },
    banner: `var mark="/"+${JSON.stringify(MARK.slice(1))};`,
  });
  return code;
}
