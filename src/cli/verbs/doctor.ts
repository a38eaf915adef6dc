import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { diagnose } from '#core/install/doctor/doctor.ts';
import { isFine, textReport } from '#core/install/doctor/finding.ts';
import { fermataHome } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { print } from '#cli/output.ts';
import { EXIT } from '#cli/exit.ts';
import { textOption, type Verb } from '#cli/verb.ts';
import { buildVersion } from './install.ts';

export const doctor: Verb = {
  name: 'doctor',
  summary: 'Look whether everything that Fermata needs is in order, and try every hook',
  usage: '[--project DIR] [--json]',
  options: { project: textOption('DIR', 'the project; default: this folder') },
  examples: ['fermata doctor', 'fermata doctor --json | jq \'.findings[] | select(.level != "ok")\''],
  notes: [
    'Exit code 0: everything works (there may be warnings). 1: something is broken, and it is said what to do.',
    'Nothing is changed, and no session at work is touched.',
  ],
  run: async (call) => {
    const { env, cwd, now } = call.io;
    const home = resolve(cwd, fermataHome(env));
    const folder = resolve(cwd, call.text('project') ?? '.');
    const version = buildVersion(dirname(resolve(process.argv[1] ?? '')));
    const vscode = env['TERM_PROGRAM'] === 'vscode' ? env['TERM_PROGRAM_VERSION'] : undefined;
    const findings = await diagnose({
      home,
      folders: [folder],
      userHome: env['HOME'] || homedir(),
      claudeConfigDir: env['CLAUDE_CONFIG_DIR'] || undefined,
      env,
      claudePath: loadSettings(home, folder).claudePath,
      now,
      runEntries: true,
      version,
      vscode,
    });
    const fine = isFine(findings);
    print(call, textReport(findings), { ok: fine, findings });
    return fine ? EXIT.ok : EXIT.refused;
  },
};
