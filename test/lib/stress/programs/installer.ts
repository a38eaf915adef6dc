/** Installs or uninstalls as another user: `installer UID install|uninstall OPTIONS`, started by root. Prints the outcome as JSON. */
import { applyInstall, planInstall, uninstall, type InstallOptions } from '#core/install/installer.ts';

const [uid = '0', action = '', options = '{}'] = process.argv.slice(2);
if (uid !== '0') {
  process.setgid?.(Number(uid));
  process.setuid?.(Number(uid));
}
const installOptions = JSON.parse(options) as InstallOptions;
const plan = action === 'install' ? planInstall(installOptions) : undefined;
const outcome =
  plan === undefined
    ? uninstall(installOptions)
    : plan.ok
      ? applyInstall(plan)
      : { ...plan, message: plan.problem.message };
process.stdout.write(`${JSON.stringify({ ok: outcome.ok, message: outcome.message })}\n`);
