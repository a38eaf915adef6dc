import { execFileSync } from 'node:child_process';
import { isOlder } from '#core/claude/versions.ts';
import { claudeBinary, type ClaudeVersion } from './claudeHome.ts';

const known = new Map<ClaudeVersion, string>();

/** The version of a Claude Code of these tests. */
export function installedClaude(which: ClaudeVersion = 'pinned'): string {
  const version =
    known.get(which) ??
    /\d+\.\d+\.\d+/.exec(execFileSync(claudeBinary(which), ['--version'], { encoding: 'utf8' }))?.[0] ??
    '0.0.0';
  known.set(which, version);
  return version;
}

/** Whether a Claude Code of these tests is of this version or newer: its own behaviour differs between versions. */
export function claudeIsAtLeast(version: string, which: ClaudeVersion = 'pinned'): boolean {
  return !isOlder(installedClaude(which), version);
}
