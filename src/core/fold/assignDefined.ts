type OptionalFields<T> = { [K in keyof T]?: T[K] | undefined };

/** Sets the fields that have a value; those without one stay as they are in `target`, which is returned. */
export function assignDefined<T extends object>(target: T, fields: OptionalFields<T>): T {
  for (const name in fields) if (fields[name] !== undefined) target[name] = fields[name];
  return target;
}
