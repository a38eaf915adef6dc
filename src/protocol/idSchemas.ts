import * as z from 'zod/mini';
import { ID, MAX_NAME } from './ids.ts';

export const workerId = z.string().check(z.regex(ID.worker));
export const shortName = z.string().check(z.minLength(1), z.maxLength(MAX_NAME), z.regex(ID.name));
export const sessionId = z.string().check(z.regex(ID.session));
export const blockId = z.string().check(z.regex(ID.block));
export const runId = z.string().check(z.regex(ID.run));
