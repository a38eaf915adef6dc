import { readFileSync } from 'node:fs';

/** The text of a file of the system, such as one of /proc, which shows no size. Throws the system's error. */
export const readSystemText = (path: string): string => readFileSync(path, 'utf8');
