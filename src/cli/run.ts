import { LineTooLongError } from '#core/log/append.ts';
import { positionals } from './args.ts';
import { EXIT, Failure } from './exit.ts';
import { assertPerson } from './permission.ts';
import { originOf } from './origin.ts';
import { overview, verbHelp } from './help.ts';
import type { Io, Verb } from './verb.ts';
import { parseCall } from './parse.ts';

/**
 * Runs `fermata <argv>` and returns its exit code. Never throws: a failure is one sentence on stderr, and with `--json`
 * also `{"ok":false,…}` on stdout.
 */
export async function run(verbs: readonly Verb[], argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const topic = verbs.find((v) => v.name === rest[0]);
    const text = topic === undefined ? overview(verbs) : verbHelp(topic);
    if (name === undefined) io.stderr(text);
    else io.stdout(text);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const verb = verbs.find((v) => v.name === name);
  if (verb === undefined) {
    io.stderr(`fermata: there is no verb "${name}"; "fermata help" lists them\n`);
    return EXIT.usage;
  }
  try {
    const call = parseCall(verb, rest, io);
    if (call.flag('help')) {
      io.stdout(verbHelp(verb));
      return EXIT.ok;
    }
    const personal = verb.personal?.(call);
    if (personal !== undefined) assertPerson(originOf(io), personal);
    return (await verb.run(call, ...positionals(verb, call))) ?? EXIT.ok;
  } catch (error) {
    const { code, message } = failure(error);
    const hint = code === EXIT.usage ? `\nfermata ${verb.name} --help tells how` : '';
    io.stderr(`fermata ${verb.name}: ${message}${hint}\n`);
    if (ownArgs(rest).includes('--json')) io.stdout(`${JSON.stringify({ ok: false, code, error: message })}\n`);
    return code;
  }
}

/** The arguments before `--`; the options after it belong to the command that the verb runs. */
const ownArgs = (args: string[]): string[] => (args.includes('--') ? args.slice(0, args.indexOf('--')) : args);

function failure(error: unknown): { code: number; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Failure) return { code: error.code, message };
  return { code: error instanceof LineTooLongError ? EXIT.usage : EXIT.refused, message };
}
