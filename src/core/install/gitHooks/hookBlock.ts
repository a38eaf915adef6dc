import { shellQuote } from '#core/base/shellQuote.ts';
import { slashed } from '#core/base/windowsPath.ts';

/** The hooks of git that look what is held: before a commit, before the commit of a merge, and before a push. */
export const GIT_HOOKS = ['pre-commit', 'pre-merge-commit', 'pre-push'] as const;
export type GitHook = (typeof GIT_HOOKS)[number];

/** The exit code that means that something holds. Every other one lets git go on: it may be any failure. */
export const HELD = 20;

/** The end of the name that a hook of others gets which cannot have lines of ours in it. */
export const KEPT_SUFFIX = '.before-fermata';

const BEGIN = '# >>> fermata git-hooks >>>';
const END = '# <<< fermata git-hooks <<<';
/** Marks a file that Fermata has made; what is in it beside these lines is then no one else's. */
const OWN = '# This file is Fermata’s own.\n';
const SHEBANG = '#!/bin/sh\n';
const CHAIN = `if [ -x "$0${KEPT_SUFFIX}" ]; then exec "$0${KEPT_SUFFIX}" "$@"; fi\n`;
const LAST = 'exit 0\n';

/**
 * The lines that a hook has of ours, for any POSIX shell, also with -e and -u. Nothing starts unless a session is armed and the
 * program is there. What a push has on standard input is read and handed on.
 */
function blockText(hook: GitHook, home: string, isOwn: boolean): string {
  const program = `FERMATA_HOME=$fermata_home "$fermata_home/bin/fermata" git-hooks run ${hook} "$@"`;
  const decision = `|| [ $? -ne ${HELD} ] || exit 1`;
  const run =
    hook === 'pre-push'
      ? `fermata_refs=$(cat && printf .)
      printf %s "\${fermata_refs%.}" | ${program} ${decision}
      case $fermata_refs in
      .) exec </dev/null ;;
      *)
        exec <<FERMATA_REFS
\${fermata_refs%?.}
FERMATA_REFS
        ;;
      esac`
      : `${program} </dev/null ${decision}`;
  return `${BEGIN}
# Fermata looks whether this is held at present; "fermata git-hooks uninstall" takes these lines out.
${isOwn ? OWN : ''}fermata_home=${shellQuote(process.platform === 'win32' ? slashed(home) : home)}
for fermata_armed in "$fermata_home"/sessions/*/armed/PreToolUse; do
  if [ -e "$fermata_armed" ] && [ "\${FERMATA_LOOKED-}" != "${hook} $PPID" ]; then
    if [ -f "$fermata_home/runtime" ] && [ -x "$fermata_home/bin/fermata" ]; then
      ${run}
      # husky 8 lets a hook start itself again
      export FERMATA_LOOKED="${hook} $$"
    fi
    break
  fi
done
${END}
`;
}

/** A hook that is ours alone; with `chains` it goes on to the one that stood there before. */
export const ownHook = (hook: GitHook, home: string, chains: boolean): Buffer =>
  Buffer.from(`${SHEBANG}${blockText(hook, home, true)}${chains ? CHAIN : LAST}`);

/** Whether a hook is a file that we have made, and that has nothing else in it. */
export function isOwnFile(script: Buffer): boolean {
  const rest = withoutBlock(script);
  return script.includes(OWN) && [CHAIN, LAST].some((text) => rest?.equals(Buffer.from(SHEBANG + text)) === true);
}

const SHELL = /^#![ \t]*(?:\S*\/)?(?:env[ \t]+(?:-S[ \t]+)?)?(?:\S*\/)?(?:sh|bash|dash|ash|ksh|mksh)(?:\s|$)/;

/** Whether lines for a shell may stand in a hook: one that names such a shell, or a text that names nothing, which git gives to sh. */
export function isShellScript(hook: Buffer): boolean {
  if (hook.subarray(0, 2).toString('latin1') === '#!') return SHELL.test(firstLine(hook));
  return !hook.subarray(0, 4096).includes(0);
}

const firstLine = (hook: Buffer): string => hook.subarray(0, lineEnd(hook)).toString('latin1');

/** Where the first line ends, with its line break. */
function lineEnd(hook: Buffer): number {
  const at = hook.indexOf(10);
  return at === -1 ? hook.length : at + 1;
}

/** A script with our lines as the first that it runs. Those that it has already are replaced. */
export function withBlock(script: Buffer, hook: GitHook, home: string): Buffer {
  const bare = withoutBlock(script) ?? script;
  const at = bare.subarray(0, 2).toString('latin1') === '#!' ? lineEnd(bare) : 0;
  const text = blockText(hook, home, script !== bare && script.includes(OWN));
  // a file that is this one line without an end stays one: the line break is ours, and the last one is not written
  const isOpen = at > 0 && bare[at - 1] !== 10;
  return Buffer.concat([
    bare.subarray(0, at),
    Buffer.from(isOpen ? `\n${text.slice(0, -1)}` : text),
    bare.subarray(at),
  ]);
}

/** A script as it was without our lines, to the byte; undefined where it has none, or not their end. */
export function withoutBlock(script: Buffer): Buffer | undefined {
  const begin = script.indexOf(BEGIN);
  const end = begin === -1 ? -1 : script.indexOf(END, begin);
  if (end === -1 || (begin > 0 && script[begin - 1] !== 10)) return undefined;
  const after = end + END.length;
  const isOpen = after === script.length && begin > 0;
  return Buffer.concat([script.subarray(0, isOpen ? begin - 1 : begin), script.subarray(isOpen ? after : after + 1)]);
}

/** Whether the lines of ours are those that would be written today. */
export const isCurrent = (script: Buffer, hook: GitHook, home: string): boolean =>
  withBlock(script, hook, home).equals(script);
