/** A permission rule and the list it stands in. */
export interface PermissionRule {
  list: 'allow' | 'deny';
  rule: string;
}

/**
 * What an installation added besides its entries. With it `removeHooks` leaves exactly what was there before;
 * without it, it takes with it what has become empty.
 */
export interface Footprint {
  /** The text as it was when it held no JSON value at all. */
  blank?: string;
  /** Objects and arrays that were missing (`inside` is null) or empty (the text between their brackets). */
  containers: { path: string[]; inside: string | null }[];
  rules: PermissionRule[];
}

/** Two footprints of installations one after the other, as one: what the first one found counts. */
export function joinFootprints(first: Footprint, second: Footprint): Footprint {
  const key = (path: string[]): string => JSON.stringify(path);
  const known = new Set(first.containers.map(({ path }) => key(path)));
  const rules = new Set(first.rules.map(({ list, rule }) => `${list} ${rule}`));
  const blank = first.blank ?? second.blank;
  return {
    ...(blank === undefined ? {} : { blank }),
    containers: [...first.containers, ...second.containers.filter(({ path }) => !known.has(key(path)))],
    rules: [...first.rules, ...second.rules.filter(({ list, rule }) => !rules.has(`${list} ${rule}`))],
  };
}

/** True when the installation made the container at `path`. */
export function wasCreated(footprint: Footprint, path: readonly string[]): boolean {
  return footprint.containers.some((container) => container.inside === null && samePath(container.path, path));
}

/** What the container at `path` held while it was empty, if it was. */
export function originalInside(path: readonly string[], footprint: Footprint | undefined): string | undefined {
  return footprint?.containers.find((container) => samePath(container.path, path))?.inside ?? undefined;
}

function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index]);
}
