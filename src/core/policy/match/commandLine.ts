/** Bounds the work on a command that someone else wrote. */
const MAX_CHARS = 20_000;

/**
 * The simple commands in a shell command line: split at `;`, `&`, `&&`, `||`, `|`, newlines, parentheses outside
 * quotes; leading assignments and `git -C <dir>` stripped, so that `git merge*` finds `cd x && A=1 git -C y merge z`.
 */
export function simpleCommands(command: string): string[] {
  const parts: string[] = [];
  let quote = '';
  let part = '';
  const text = command.slice(0, MAX_CHARS);
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (c === '\\' && quote !== "'") {
      part += c + (text[++i] ?? '');
    } else if (quote !== '') {
      if (c === quote) quote = '';
      part += c;
    } else if (c === '"' || c === "'") {
      quote = c;
      part += c;
    } else if (';&|\n()`{}'.includes(c)) {
      parts.push(part);
      part = '';
    } else part += c;
  }
  parts.push(part);
  return parts.map(stripPrefixes).filter((p) => p !== '');
}

/** Without what stands before the command proper: assignments, `!`, `command`, `exec`, `sudo`, `env`, `time`; `git -C x merge` → `git merge`. */
function stripPrefixes(part: string): string {
  let tokens = part.trim().split(/\s+/);
  while (
    tokens.length > 0 &&
    /^([A-Za-z_][A-Za-z0-9_]*=.*|!|command|exec|sudo|env|time|nohup|then|do|else)$/.test(tokens[0] ?? '')
  )
    tokens = tokens.slice(1);
  if (tokens[0]?.split('/').at(-1) === 'git') {
    let rest = tokens.slice(1);
    for (;;) {
      if (rest[0] === '-C' || rest[0] === '-c') rest = rest.slice(2);
      else if (/^(--no-pager|-P|--git-dir=.*|--work-tree=.*)$/.test(rest[0] ?? '')) rest = rest.slice(1);
      else break;
    }
    tokens = ['git', ...rest];
  }
  return tokens.join(' ');
}
