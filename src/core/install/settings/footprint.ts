/** A permission rule and the list that has it. */
export interface PermissionRule {
  list: 'allow' | 'deny';
  rule: string;
}

/**
 * What an installation added besides its entries. With it, `removeHooks` restores the original text exactly; without
 * it, `removeHooks` also removes each container that has become empty.
 */
export interface Footprint {
  /** The original text, if it had no JSON value at all. */
  blank?: string;
  /** Containers that did not exist (`inside` is null) or were empty (`inside` is the text between their brackets). */
  containers: { path: string[]; inside: string | null }[];
  rules: PermissionRule[];
}

/** Joins the footprints of two installations, one after the other. The first one's record of a container counts. */
export function joinFootprints(first: Footprint, second: Footprint): Footprint {
  const key = (path: string[]): string => JSON.stringify(path);
  const known = new Set(first.containers.map(({ path }) => key(path)));
  const rules = new Set(first.rules.map(({ list, rule }) => `${list} ${rule}`));
  return {
    blank: first.blank ?? second.blank,
    containers: [...first.containers, ...second.containers.filter(({ path }) => !known.has(key(path)))],
    rules: [...first.rules, ...second.rules.filter(({ list, rule }) => !rules.has(`${list} ${rule}`))],
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

function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index]);
}
