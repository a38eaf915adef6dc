/** Whether something is as it should be; only an error means that Fermata does not work as installed. */
export type Level = 'ok' | 'warn' | 'error';

/** One thing that was looked at, for a person. */
export interface Finding {
  /** Stable, for scripts: `node`, `settings`, `selfTest`, … */
  id: string;
  level: Level;
  /** What was found, a sentence. */
  text: string;
  /** What to do about it; only where something is to be done. */
  todo?: string;
}

export const ok = (id: string, text: string): Finding => ({ id, level: 'ok', text });
export const warn = (id: string, text: string, todo: string): Finding => ({ id, level: 'warn', text, todo });
export const error = (id: string, text: string, todo: string): Finding => ({ id, level: 'error', text, todo });

/** True when nothing is broken; a warning is not. */
export function isFine(findings: readonly Finding[]): boolean {
  return findings.every(({ level }) => level !== 'error');
}
