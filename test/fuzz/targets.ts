import type { Target } from './target.ts';

/** All readers of what comes from outside. Each is loaded alone: only its code is counted. */
export const TARGETS: Readonly<Record<string, () => Promise<Target>>> = {
  lines: async () => (await import('./targets/lines.ts')).lines,
  events: async () => (await import('./targets/schemas.ts')).events,
  fold: async () => (await import('./targets/logs.ts')).fold,
  blocks: async () => (await import('./targets/logs.ts')).blocks,
  timeline: async () => (await import('./targets/logs.ts')).timeline,
  payload: async () => (await import('./targets/payload.ts')).payload,
  hooks: async () => (await import('./targets/hooks.ts')).hooks,
  rules: async () => (await import('./targets/rules.ts')).rules,
  jsonc: async () => (await import('./targets/jsonc.ts')).jsonc,
  settings: async () => (await import('./targets/settings.ts')).settings,
  commandLine: async () => (await import('./targets/commandLine.ts')).commandLine,
  flags: async () => (await import('./targets/flags.ts')).flags,
  messages: async () => (await import('./targets/schemas.ts')).messages,
  transcripts: async () => (await import('./targets/transcripts.ts')).transcripts,
  glob: async () => (await import('./targets/glob.ts')).glob,
  shell: async () => (await import('./targets/shell.ts')).shell,
  snapshot: async () => (await import('./targets/snapshot.ts')).snapshot,
  formats: async () => (await import('./targets/schemas.ts')).formats,
  machines: async () => (await import('./targets/machines.ts')).machines,
  texts: async () => (await import('./targets/texts.ts')).texts,
};
