import { existsSync } from 'node:fs';
import { rulesPath } from '#core/base/paths.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import { withdrawAsks } from './permissionRequest.ts';
import { toContext } from './toContext.ts';
import type { Answer } from './reply.ts';
import { noteText } from '#core/policy/reason.ts';
import type { HookContext } from './hookContext.ts';

/** A prompt: refused once if a worker asked for that, else a turn begins, and rules may start workers from it. */
export async function onPrompt(ctx: HookContext): Promise<Answer> {
  const prompt = ctx.payload.prompt ?? '';
  if (ctx.role !== CONDUCTOR) return toContext(ctx.claimNotes());
  const notes = ctx.claimNotes();
  const refusals = notes.filter((note) => note.kind === 'refusePrompt');
  const rest = toContext(notes.filter((note) => note.kind !== 'refusePrompt'));
  if (refusals.length > 0) return { ...rest, block: `${noteText(refusals)}\n(Send the same prompt again to go on.)` };
  const { aborted } = ctx.state;
  if (aborted !== undefined && isNotification(prompt))
    return { ...rest, block: `Fermata: the session was aborted by ${aborted.by}, and no turn begins by itself in it.` };
  const text = ctx.settings.recordPrompts ? { text: prompt } : {};
  withdrawAsks(ctx);
  ctx.publish({ t: 'turn', state: 'working' }, { t: 'prompt', ...text });
  if (isNotification(prompt)) return rest;
  if (!existsSync(rulesPath(ctx.root)) && Object.keys(ctx.settings.rules).length === 0) return rest;
  // a bundle of its own: no other hook has to load it
  const { startFromPrompt } = await import('./spawn.ts');
  const started = startFromPrompt(ctx, prompt);
  return {
    ...rest,
    ...joinTexts('context', rest.context, started.context),
    ...joinTexts('warning', rest.warning, started.warning),
  };
}

/** The end of a background task arrives as a prompt; no person wrote it. */
const isNotification = (prompt: string): boolean => prompt.trimStart().startsWith('<task-notification>');

function joinTexts(key: 'context' | 'warning', a: string | undefined, b: string | undefined): Partial<Answer> {
  const text = [a, b].filter((part) => part !== undefined).join('\n');
  return text === '' ? {} : { [key]: text };
}
