import { dirname } from 'node:path';

/** Variables that every program needs on Windows; nothing else of the caller's environment is passed on. */
const inherited = ['SystemRoot', 'ComSpec', 'PATHEXT'];

/**
 * An environment built from nothing, so that variables of the developer's shell or editor (CLAUDE*, ANTHROPIC*,
 * VSCODE_*, NODE_OPTIONS, proxies) cannot reach a program under test. `home` is the only home directory it sees.
 */
export function cleanEnv(home: string, extra: Record<string, string> = {}): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return {
    ...env,
    PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    SHELL: '/bin/sh',
    HOME: home,
    USERPROFILE: home,
    ...extra,
  };
}
