import { execFileSync } from 'node:child_process';
import { isOlder } from '#core/claude/versions.ts';
import { claudeBinary } from './claudeHome.ts';

let cached: string | undefined;

/** The version of the Claude Code of these tests. */
export function installedClaude(): string {
  cached ??= /\d+\.\d+\.\d+/.exec(execFileSync(claudeBinary(), ['--version'], { encoding: 'utf8' }))?.[0] ?? '0.0.0';
  return cached;
}

/** Whether the Claude Code of these tests is of this version or newer: its own behaviour differs between versions. */
export function claudeIsAtLeast(version: string): boolean {
  return !isOlder(installedClaude(), version);
}
