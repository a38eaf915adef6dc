import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { shownOf } from '#core/policy/shell/provenCommand.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const hasBash = existsSync('/bin/bash');
const root = tempDir('fermata-exit-');
const log = join(root, 'log');
mkdirSync(join(root, 'bin'));
mkdirSync(join(root, 'sub'));

/** Programs that end as the next letter of $SEQ says, and note who they were, where they ran and how they ended. */
for (const name of ['suite', 'other'])
  writeFileSync(
    join(root, 'bin', name),
    `#!/bin/sh
n=$(wc -l < '${log}')
code=$(printf %s "$SEQ" | cut -c $((n % 8 + 1)))
echo "${name} $(pwd) $code" >> '${log}'
exit $code
`,
    { mode: 0o755 },
  );

/** The same as functions of bash, which start no process; the programs are for what starts one. */
const asFunction = (name: string): [string, string] => [
  `BASH_FUNC_${name}%%`,
  `() { local line n=0; while read -r line; do n=$((n + 1)); done < '${log}'; local code=\${SEQ:n % 8:1}; echo "${name} $PWD $code" >> '${log}'; return $code; }`,
];

const leaf = fc.oneof(
  { weight: 6, arbitrary: fc.constant('suite') },
  { weight: 3, arbitrary: fc.constant('other') },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'true',
      'false',
      'exit 0',
      'exit 1',
      'exit',
      'exit $?',
      'exit ${PIPESTATUS[0]}',
      'cd sub',
      'cd ..',
      'cd nowhere',

      'set -e',
      'set +e',
      'set -o pipefail',
      'set -euo pipefail',
      'echo x',
      ':',
      '[ 1 = 2 ]',
      '[[ a = a ]]',
      "bash -c 'suite; true'",
      "bash -ec 'suite; true'",
      'env A=1 suite',
      'exec suite',
      "eval 'suite'",
      'command suite',

      "trap 'exit 0' EXIT",
      "trap 'true' EXIT",
      "trap 'work' EXIT",
      'return 0',
      'return',
      'return 1',
      'break',
      'continue',
      'suite > out',
      'timeout 9 suite',
      'suite &',
      'wait',
      'A=1',
    ),
  },
);

const { text } = fc.letrec<{ text: string; node: string }>((tie) => {
  const node = tie('node');
  const join2 = (between: string) => fc.tuple(node, node).map(([a, b]) => `${a}${between}${b}`);
  return {
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      join2(' && '),
      join2(' || '),
      fc.tuple(node, node).map(([a, b]) => `{ ${a}; ${b}; }`),
      fc.tuple(node, node).map(([a, b]) => `( ${a}; ${b} )`),
      fc.tuple(node, node).map(([a, b]) => `{ ${a}; } | { ${b}; }`),
      node.map((a) => `! { ${a}; }`),
      fc.tuple(node, node, node).map(([a, b, c]) => `if ${a}; then ${b}; else ${c}; fi`),
      fc.tuple(node, node).map(([a, b]) => `if ${a}; then ${b}; fi`),
      fc.tuple(node, node).map(([a, b]) => `for x in 1 2; do ${a}; ${b}; done`),
      node.map((a) => `case x in y) ${a};; esac`),
      fc.tuple(node, node).map(([a, b]) => `while [ $((turns+=1)) -lt 4 ] && ${a}; do ${b}; break; done`),
      node.map((a) => `work() { ${a}; }; work`),
    ),
    text: fc.array(node, { minLength: 1, maxLength: 4 }).map((nodes) => nodes.join('\n')),
  };
});

/** How bash runs a text: its exit code, and how the suite ended in the folder of the project, the last time. */
function run(script: string, seq: string): { code: number; suite: string[] } {
  writeFileSync(log, '');
  const env = {
    PATH: `${join(root, 'bin')}:${process.env['PATH']}`,
    SEQ: seq,
    ...Object.fromEntries(['suite', 'other'].map(asFunction)),
  };
  const { status } = spawnSync('/bin/bash', ['-c', script], {
    cwd: root,
    env,
    timeout: 5000,
    killSignal: 'SIGKILL',
    stdio: 'ignore',
  });
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  return {
    code: status ?? 1,
    suite: lines.filter((line) => line.startsWith(`suite ${root} `)).map((line) => line.slice(-1)),
  };
}

test.runIf(hasBash)(
  'what is called shown is what bash did: wherever the text ends with 0, so did the command in it',
  () => {
    // Only texts that are called shown: so each run counts, and a judge that never calls one shown does not end.
    const shown = text.filter((script) => shownOf('suite', script, { cwd: root, root })?.shown === true);
    fc.assert(
      fc.property(shown, (script) => {
        for (const seq of ['00000000', '11111111', '01010101', '10101010']) {
          const { code, suite } = run(script, seq);
          if (code === 0) expect(suite, `${seq}: ${script}`).toContain('0');
        }
      }),
      { numRuns: 20 },
    );
    rmSync(log);
  },
);
