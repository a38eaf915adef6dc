import type { Plain, PlainObject } from './plain.ts';

type Accepts = (value: unknown) => boolean;

/**
 * A plain function that accepts exactly what a schema accepts (a property test holds it to zod). Quick, since a hook may
 * have to fold a long log; fields that no schema names pass.
 */
export function compileValidator(plain: Plain): Accepts {
  switch (plain.is) {
    case 'unknown':
      return () => true;
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'string':
      return text(plain);
    case 'number':
      return number(plain);
    case 'one of': {
      const allowed = new Set(plain.values);
      return (value) => allowed.has(value);
    }
    case 'optional':
    case 'preset': {
      const inner = compileValidator(plain.of);
      return (value) => value === undefined || inner(value);
    }
    case 'nullable': {
      const inner = compileValidator(plain.of);
      return (value) => value === null || inner(value);
    }
    case 'list': {
      const inner = compileValidator(plain.of);
      const { least = 0, most = Infinity } = plain;
      return (value) =>
        Array.isArray(value) && value.length >= least && value.length <= most && value.every((one) => inner(one));
    }
    case 'either': {
      const options = plain.of.map(compileValidator);
      return (value) => options.some((accepts) => accepts(value));
    }
    case 'object':
      return object(plain);
    case 'record': {
      const inner = compileValidator(plain.of);
      return (value) => isObject(value) && Object.values(value).every((one) => inner(one));
    }
  }
}

/** Where in a value that is not accepted the first thing is that should be otherwise; of an alternative, the whole. */
export function firstError(plain: Plain, value: unknown): string[] {
  switch (plain.is) {
    case 'object':
      if (!isObject(value)) return [];
      return deeper(Object.entries(plain.fields).map(([name, field]) => [name, field, value[name]]));
    case 'record':
      if (!isObject(value)) return [];
      return deeper(Object.entries(value).map(([name, one]) => [name, plain.of, one]));
    case 'list':
      if (!Array.isArray(value)) return [];
      return deeper(value.map((one, i) => [String(i), plain.of, one]));
    case 'optional':
    case 'nullable':
    case 'preset':
      return firstError(plain.of, value);
    default:
      return [];
  }
}

/** The first field of an object that has only certain ones, and not this one. */
export const unlisted = ({ fields, only }: PlainObject, value: object): string | undefined =>
  only === true ? Object.keys(value).find((name) => !Object.hasOwn(fields, name)) : undefined;

function deeper(parts: [name: string, plain: Plain, value: unknown][]): string[] {
  const wrong = parts.find(([, plain, value]) => !compileValidator(plain)(value));
  return wrong === undefined ? [] : [wrong[0], ...firstError(wrong[1], wrong[2])];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function text({ least = 0, most = Infinity, like }: Extract<Plain, { is: 'string' }>): Accepts {
  const pattern = like === undefined ? undefined : new RegExp(like);
  return (value) =>
    typeof value === 'string' &&
    value.length >= least &&
    value.length <= most &&
    (pattern === undefined || pattern.test(value));
}

function number({ least = -Infinity, most = Infinity, whole }: Extract<Plain, { is: 'number' }>): Accepts {
  if (whole === true)
    return (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
  return (value) => typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most;
}

function object(plain: PlainObject): Accepts {
  const { fields, only } = plain;
  const names = Object.keys(fields);
  const checks = Object.values(fields).map(compileValidator);
  const mayLack = checks.map((accepts) => accepts(undefined));
  return (value) => {
    if (!isObject(value)) return false;
    if (only === true && unlisted(plain, value) !== undefined) return false;
    for (let i = 0; i < names.length; i++) {
      const field = value[names[i] as string];
      // most optional fields are not there
      if (field === undefined ? mayLack[i] !== true : checks[i]?.(field) !== true) return false;
    }
    return true;
  };
}
