const VERBS = ['wait', 'status', 'resolve'];
const PLAIN_TOKEN = /^[A-Za-z0-9_.:/@%+=,-]+$/;

/**
 * Whether a Bash command is exactly one call of Fermata's own command that a blocked Conductor may always make:
 * `<cli> wait|status|resolve …`, with plain arguments and at most one in quotes. A shell must find nothing to expand,
 * join or redirect in it. `cli` is the absolute path of the installed command.
 */
export function isExemptCommand(command: string, cli: string): boolean {
  const text = command.trim();
  if (/[$`\\\n\r\0]/.test(text)) return false;
  const rest = text.startsWith(`${cli} `)
    ? text.slice(cli.length)
    : text.startsWith(`"${cli}" `)
      ? text.slice(cli.length + 2)
      : undefined;
  if (rest === undefined) return false;
  const quoted = /("[^"]*"|'[^']*')/g;
  const quotes = rest.match(quoted) ?? [];
  if (quotes.length > 1 || quotes.some((q) => q.startsWith('"') && q.includes('!'))) return false;
  const tokens = rest.replace(quoted, ' quoted ').trim().split(/\s+/);
  return VERBS.includes(tokens[0] ?? '') && tokens.every((token) => PLAIN_TOKEN.test(token));
}
