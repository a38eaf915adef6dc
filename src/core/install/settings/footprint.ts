import type { InstallRecord } from '#protocol/fileFormats.ts';
import { emptyInside, nodeAt, type JsonText } from './jsonText.ts';

/**
 * What an installation added besides its entries. With it, `removeHooks` restores the original text exactly; without
 * it, `removeHooks` also removes each container that has become empty. `blank` is the original text if it had no JSON
 * value at all. `containers` did not exist (`inside` is null) or were empty (`inside` is the text in their brackets).
 */
export type Footprint = InstallRecord['footprint'];

/** A permission rule and the list that has it. */
export type PermissionRule = Footprint['rules'][number];

/** Joins the footprints of two installations, one after the other. The first one's record of a container counts. */
export function joinFootprints(first: Footprint, second: Footprint): Footprint {
  const containers = second.containers.filter(({ path }) => !first.containers.some((one) => samePath(one.path, path)));
  const isNew = ({ list, rule }: PermissionRule): boolean =>
    !first.rules.some((one) => one.list === list && one.rule === rule);
  return {
    blank: first.blank ?? second.blank,
    containers: [...first.containers, ...containers],
    rules: [...first.rules, ...second.rules.filter(isNew)],
  };
}

/** Whether the installation created the container at `path`. */
export function wasCreated(footprint: Footprint, path: readonly string[]): boolean {
  return footprint.containers.some((container) => container.inside === null && samePath(container.path, path));
}

/** The text between the brackets of the container at `path` before the installation; undefined if it was not empty. */
export function originalInside(path: readonly string[], footprint: Footprint | undefined): string | undefined {
  return footprint?.containers.find((container) => samePath(container.path, path))?.inside ?? undefined;
}

/** Remembers what is in the container at `path`, where it has no members yet. */
export function recordEmpty(json: JsonText, path: string[], footprint: Footprint): void {
  if (path.length === 0 && footprint.blank !== undefined) return;
  const node = nodeAt(json.root, path);
  const inside = node === undefined ? undefined : emptyInside(json, node);
  if (inside !== undefined) footprint.containers.push({ path, inside });
}

const samePath = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((step, index) => step === b[index]);
