import { parse } from 'jsonc-parser';
import { hookEntries, isFermataEntry, permissionRules } from '#core/install/entries.ts';
import { addHooks, removeHooks } from '#core/install/settings/settingsEdit.ts';
import { hold, same, type Target } from '#test/fuzz/target.ts';
import { SETTINGS } from './jsonc.ts';

const home = '/home/ada/.fermata';
const isOurs = isFermataEntry(home);
const { PreToolUse = [], Stop = [], SessionStart = [] } = hookEntries({ home });
// each event costs as much as all of a small file
const addition = {
  entries: { PreToolUse, Stop, SessionStart },
  permissions: permissionRules(home, '/home/ada'),
  isOurs,
};
type Values = Record<string, unknown>;

const read = (text: string): Values =>
  (parse(text.replace(/^\ufeff/, ''), [], { allowTrailingComma: true }) ?? {}) as Values;

/** All that is nothing of ours, by the parser of editors. */
const others = ({ hooks: _hooks, permissions: _permissions, ...rest }: Values): Values => rest;

/** The editor of Claude Code's settings: what it adds it removes to the byte, and it changes nothing else. */
export const settings: Target = {
  seeds: () => SETTINGS,
  maxBytes: 4096,
  check: (input) => {
    const text = input.toString('utf8');
    const added = addHooks(text, addition);
    const without = removeHooks(text, { isOurs });
    if (!added.ok) {
      hold(added.problem.line >= 1 && added.problem.message !== '', () => 'refused without a reason');
      return;
    }
    same(others(read(added.text)), others(read(text)), 'other settings');
    const again = addHooks(added.text, addition);
    hold(
      again.ok && again.text === added.text,
      () => `adding twice is not adding once: ${again.ok ? again.text : again.problem.message}`,
    );
    hold(without.ok, () => 'what can be added to cannot be removed from');
    // entries of ours, which another installation left, are not put back
    if (without.text !== text || text.includes('fermata')) return;
    const { footprint } = added;
    const removed = removeHooks(added.text, { isOurs, footprint });
    hold(removed.ok, () => 'what was added cannot be removed');
    hold(removed.text === text, () => `removing gives ${JSON.stringify(removed.text)}`);
  },
};
