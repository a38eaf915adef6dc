import { writtenPaths } from '#core/policy/lockBypasses.ts';
import { changedDirs } from '#core/policy/shell/changedDirs.ts';
import { fitCommand } from '#core/policy/shell/commandPattern.ts';
import { isExemptCall, isExemptCommand } from '#core/policy/shell/exemptCommand.ts';
import { fitOf } from '#core/policy/shell/fitOf.ts';
import { readCommand } from '#core/policy/shell/readCommand.ts';
import { permissionSummary } from '#core/policy/permissionSummary.ts';
import { shellQuote } from '#core/base/shellQuote.ts';
import { shellCorpus } from '#test/lib/shellCorpus.ts';
import { hold, same, type Target } from '#test/fuzz/target.ts';

const CLI = '/home/ada/.fermata/bin/fermata';
const place = { cwd: '/p', root: '/p' };

/** Characters at which a shell does anything but take the next one into a word, outside of quotes. */
const ACTIVE = /[;&|<>()$`\\"'*?[\]{}~#!\n\r\0^]/;

/** The words of a text in which nothing is expanded, joined or redirected, by a reader of single characters; undefined for any other. */
function plainWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (char === ' ' || char === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'") {
      const end = text.indexOf("'", i + 1);
      if (end === -1) return undefined;
      word = (word ?? '') + text.slice(i + 1, end);
      i = end;
    } else if (char === '"') {
      word ??= '';
      for (i++; text[i] !== '"'; i++) {
        if (i >= text.length || /[$`!]/.test(text[i] as string)) return undefined;
        if (text[i] === '\\' && /[$`"\\\n]/.test(text[i + 1] ?? '')) i++;
        word += text[i];
      }
    } else if (char === '\\' && text[i + 1] !== undefined && !/[\n\r\0]/.test(text[i + 1] as string))
      word = (word ?? '') + (text[++i] as string);
    else if (ACTIVE.test(char) && !(char === '~' && word !== undefined) && !(char === '#' && word !== undefined))
      return undefined;
    else word = (word ?? '') + char;
  }
  return word === undefined ? words : [...words, word];
}

/** A command of Claude: what begins with a command that is meant is never taken for another, and only plain calls of Fermata are exempt. */
export const shell: Target = {
  seeds: () => [
    ...shellCorpus('/bin', () => '/d').filter(({ command }) => command.length < 300).map(({ command }) => command),
    `${CLI} wait done:W1`, `${CLI} resolve B1 "it's mended"`, `${CLI} status --json`, `'${CLI}' resolve B1 'a;b'`, `& '${CLI}' wait ok:W1`,
  ], // prettier-ignore
  words: [
    'git',
    'merge',
    'git merge',
    'eval',
    'sh -c',
    'sudo',
    'if',
    'then',
    'fi',
    'do',
    'done',
    'case',
    'esac',
    'function',
    CLI,
    'wait',
    'resolve',
    'status',
    'EOF',
  ],
  maxBytes: 2048,
  check: (input) => {
    const text = input.toString('utf8');
    const reading = readCommand(text);
    hold(reading.commands.length <= 30_000, () => `${reading.commands.length} commands`);
    changedDirs(reading);
    writtenPaths(reading);
    for (const pattern of ['git merge*', 'git *', '*', 'npm run deploy', 'a && b']) fitCommand(pattern, reading, place);
    fitOf(text, 'PowerShell', place)('git merge*', '/p');
    permissionSummary({ tool: 'Bash', input: { command: text }, cwd: '/p' });
    // a shell runs each line before it reads the next one
    const led = `git merge f\n${text}`;
    hold(fitCommand('git merge*', readCommand(led), place) !== undefined, () => 'a command before it is not seen');
    const exempt = isExemptCommand(text, CLI, 'linux');
    if (exempt) {
      const words = plainWords(text);
      hold(words !== undefined, () => 'exempt, and a shell would find more in it than words');
      same(words[0], CLI, 'exempt program');
      hold(['wait', 'status', 'resolve'].includes(words[1] ?? ''), () => 'an exempt verb');
      hold(!/[\n\r\0]/.test(text), () => 'exempt on several lines');
    }
    isExemptCall('PowerShell', text, '/home/ada/.fermata', 'linux');
    if (!/[\n\r\0\ufffd]/.test(text) && text.length < 500)
      hold(
        isExemptCommand(`${CLI} resolve B1 ${shellQuote(text)}`, CLI, 'linux') || text.startsWith('~'),
        () => 'a quoted text is not exempt',
      );
  },
};
