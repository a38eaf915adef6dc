/**
 * The items of a list, together with those of the previous list that are gone but are kept: each stays behind the item
 * that was before it. Pure.
 */
export function keepPlaces<T>(
  previous: readonly T[],
  items: readonly T[],
  keyOf: (item: T) => string,
  isKept: (key: string) => boolean,
): readonly T[] {
  const present = new Set(items.map(keyOf));
  const gone = previous.filter((item) => !present.has(keyOf(item)) && isKept(keyOf(item)));
  if (gone.length === 0) return items;
  const result = [...items];
  for (const item of gone) {
    const before = previous.slice(0, previous.indexOf(item)).map(keyOf);
    const at = result.findLastIndex((each) => before.includes(keyOf(each)));
    result.splice(at + 1, 0, item);
  }
  return result;
}
