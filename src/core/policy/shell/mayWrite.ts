/** Whether a command may change files of the project. An unknown program may. */
import type { Field } from './field.ts';
import type { CommandReading } from './readCommand.ts';
import { gitArguments, programName } from './startedBy.ts';

/** Programs that change no file, whatever their arguments are. Their redirections are looked at apart. */
const READS = new Set(
  (
    '[ alias awk base64 basename bat break builtin cal cat cd cksum clear cmp column comm command continue cut date declare df diff ' +
    'dirname du echo egrep env exit export expr false fermata fgrep file fold free getconf grep groups hash head hexdump ' +
    'hostname id jobs jq kill less let local logname look ls lsof md5sum more nl nproc od paste pgrep pidof pkill popd pr printenv ' +
    'printf ps pushd pwd read readlink realpath return rev rg seq set sha1sum sha256sum shift shopt sleep sort stat strings sum ' +
    'tac tail test time timeout top tput tr tree true tty type typeset ulimit umask unalias uname uniq unset uptime users wait wc ' +
    'whereis which who whoami xxd yes : . source trap'
  ).split(' '),
);
/** Git's verbs that leave the files of the checkout as they are. */
const GIT_READS = new Set(
  (
    'add annotate archive blame branch bundle cat-file check-ignore commit config count-objects describe diff diff-tree fetch ' +
    'for-each-ref format-patch gc grep help log ls-files ls-remote ls-tree merge-base name-rev notes push reflog remote rev-list ' +
    'rev-parse shortlog show show-ref status symbolic-ref tag update-ref var version whatchanged write-tree'
  ).split(' '),
);

/** Whether a simple command may change a file; of programs that start another one that is asked of the other one. */
export function mayWrite(argv: readonly Field[]): boolean {
  const [program, ...args] = argv;
  const name = programName(program);
  if (name === undefined) return true;
  const words = args.map(({ text }) => text);
  switch (name) {
    case 'git':
      return (
        !GIT_READS.has(gitArguments(args)[0]?.text ?? 'help') || words.some((word) => /^(--output|-o)\b/.test(word))
      );
    case 'sed':
      return words.some((word) => /^(-[a-zA-Z]*i|--in-place)/.test(word) || /(^|[;}])\s*\d*w\s/.test(word));
    case 'find':
      return words.some((word) => /^-(delete|exec|execdir|ok|okdir|fprint|fprintf|fls)/.test(word));
    case 'awk':
      return words.some((word) => word.includes('>') || word.startsWith('-i') || word.includes('system('));
    case 'sort':
      return words.some((word) => /^(-[a-zA-Z]*o|--output)/.test(word));
    case 'date':
    case 'tree':
    case 'yes':
      return words.some((word) => /^(-o|--output)/.test(word));
    default:
      return !READS.has(name);
  }
}

/** Whether a command text may change a file. `/dev/null` and its like are none. */
export function mayTextWrite({ commands, redirects, unreadable }: CommandReading): boolean {
  if (unreadable !== undefined) return true;
  return redirects.some(({ text }) => !text.startsWith('/dev/')) || commands.some(mayWrite);
}
