// An esbuild plugin: puts quickStart.cjs before a program, and the program behind it into a comment. Programs of programs.cjs
// are started by a file that has nothing but quickStart.cjs.
import * as esbuild from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';

const MARK = '/*the program\n';
/** Stands for the end of a comment within the program. */
const END = '*\\u002f/';
/** Makes a function of a program, as Node does of a module. */
const [FUNCTION_START, FUNCTION_END] = ['(function(exports,require,module,__filename,__dirname){', '\n})'];

export const quickStart = {
  name: 'quickStart',
  setup: ({ onEnd }) =>
    onEnd(async ({ metafile }) => {
      for (const file of Object.keys(metafile?.outputs ?? {})) {
        const text = readFileSync(file, 'utf8');
        // the starter reads it as latin1
        if (/[^\0-\x7f]/.test(text) || text.includes(END))
          throw new Error(`${file} has what cannot be put into a comment`);
        // whole, so that the starter need not make a further copy of it
        const script = [FUNCTION_START, text.replaceAll('*/', END), FUNCTION_END].join('');
        writeFileSync(file, `${await starter()}${MARK}${script}*/`);
      }
    }),
};

/** The text of quickStart.cjs that starts a program of programs.cjs, or the one in the comment behind it. */
export async function starter(program = '') {
  const { code } = await esbuild.transform(readFileSync(new URL('quickStart.cjs', import.meta.url), 'utf8'), {
    minify: true,
    format: 'cjs',
    // written so that the mark itself is not in the code
    define: {
      PROGRAM: JSON.stringify(program),
      PROGRAM_MARK: 'mark',
      COMMENT_END: JSON.stringify(END),
      FUNCTION_START: JSON.stringify(FUNCTION_START),
      FUNCTION_END: JSON.stringify(FUNCTION_END),
    },
    ...(program === '' && { banner: `var mark="/"+${JSON.stringify(MARK.slice(1))};` }),
  });
  return code;
}
