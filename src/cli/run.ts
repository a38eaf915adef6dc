import { LineTooLongError } from '../core/append.ts';
import { EXIT, Failure } from './exit.ts';
import { overview, verbHelp } from './help.ts';
import type { Io } from './io.ts';
import { parseCall } from './parse.ts';
import type { Verb } from './verb.ts';

/** Runs `fermata <argv>` and returns its exit code. Every failure is told on stderr in a sentence; none is thrown. */
export async function run(verbs: readonly Verb[], argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const about = verbs.find((v) => v.name === rest[0]);
    const text = about === undefined ? overview(verbs) : verbHelp(about);
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
    return await verb.run(call);
  } catch (error) {
    return failed(verb.name, error, io);
  }
}

function failed(verb: string, error: unknown, io: Io): number {
  if (error instanceof Failure) {
    const hint = error.code === EXIT.usage ? `\nfermata ${verb} --help tells how` : '';
    io.stderr(`fermata ${verb}: ${error.message}${hint}\n`);
    return error.code;
  }
  io.stderr(`fermata ${verb}: ${error instanceof Error ? error.message : String(error)}\n`);
  return error instanceof LineTooLongError ? EXIT.usage : EXIT.refused;
}
