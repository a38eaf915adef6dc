/** Random numbers in [0, 1), and words, of which each is another one. */
interface Choices {
  random: () => number;
  word: () => string;
}

type Container = Record<string, unknown> | unknown[];
interface Slot {
  parent: Container;
  key: string | number;
}

const NUMBERS = [
  0,
  1,
  -1,
  0.5,
  2,
  100,
  2 ** 31,
  2 ** 53,
  1e13,
  1e308,
  Date.UTC(2026, 0, 1),
  Date.UTC(2026, 0, 1) + 1000,
];

/** A JSON text with one value changed, `other` giving values from elsewhere; undefined where it is no object and no list. */
export function mutateJson(text: string, other: string, choices: Choices): string | undefined {
  const root = { value: parsed(text) };
  if (typeof root.value !== 'object' || root.value === null) return undefined;
  const slots = slotsOf(root);
  const { random } = choices;
  const slot = slots[Math.floor(random() * slots.length)] as Slot;
  change(slot, donor(other, choices), choices);
  return JSON.stringify(root.value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Every place of a value; what is deep or large is not gone through to its end. */
function slotsOf(root: Container): Slot[] {
  const slots: Slot[] = [];
  const open: Container[] = [root];
  for (let parent = open.pop(); parent !== undefined && slots.length < 500; parent = open.pop())
    for (const key of Object.keys(parent)) {
      slots.push({ parent, key });
      const value = (parent as Record<string, unknown>)[key];
      if (typeof value === 'object' && value !== null) open.push(value as Container);
    }
  return slots;
}

function donor(text: string, choices: Choices): unknown {
  const { random } = choices;
  const value = random() < 0.4 ? parsed(text) : undefined;
  if (typeof value === 'object' && value !== null) {
    const slots = slotsOf({ value });
    const { parent, key } = slots[Math.floor(random() * slots.length)] as Slot;
    return (parent as Record<string, unknown>)[key];
  }
  const word = choices.word();
  const plain = [
    word,
    word,
    NUMBERS[Math.floor(random() * NUMBERS.length)],
    null,
    true,
    false,
    [],
    {},
    [word],
    { [word]: word },
    '',
  ];
  return plain[Math.floor(random() * plain.length)];
}

function change({ parent, key }: Slot, value: unknown, { random, word }: Choices): void {
  const fields = parent as Record<string | number, unknown>;
  const kind = Math.floor(random() * 8);
  const inside = fields[key];
  if (kind === 0) {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete fields[key];
  } else if (kind === 1) fields[key] = [inside];
  else if (kind === 2) {
    if (Array.isArray(parent)) parent.splice(Number(key), 0, inside);
    else define(parent, word(), inside);
  } else if (kind === 3 && typeof inside === 'object' && inside !== null) {
    if (Array.isArray(inside)) inside.push(value);
    else define(inside, word(), value);
  } else if (kind === 4 && typeof inside === 'number')
    fields[key] = inside + (random() < 0.5 ? 1 : -1) * 10 ** Math.floor(random() * 5);
  else fields[key] = value;
}

/** As a field of its own, also where its name is `__proto__`. */
const define = (parent: object, key: string, value: unknown): void =>
  void Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
