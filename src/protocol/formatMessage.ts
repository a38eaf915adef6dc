/**
 * `{0}` is the first value, and `{0, plural, one {# vote} other {# votes}}` is the first value with a noun in the right
 * form: the forms are those of the language (`zero`, `one`, `two`, `few`, `many`, `other`), or of one number (`=0`).
 */
const PLACEHOLDER = /\{(\d)(?:, plural,((?: =?\w+ \{[^}]*\})+))?\}/g;

/**
 * Puts values into a text. Supports the part of ICU's message syntax that the texts use.
 * @param language BCP 47; decides which form of a plural is taken
 */
export function formatMessage(pattern: string, values: readonly (string | number)[], language: string): string {
  return pattern.replace(PLACEHOLDER, (placeholder, index: string, forms: string | undefined) => {
    const value = values[Number(index)] ?? placeholder;
    if (forms === undefined) return String(value);
    const form = (name: string): string | undefined => forms.split(` ${name} {`)[1]?.split('}')[0];
    const chosen = form(`=${value}`) ?? form(new Intl.PluralRules(language).select(Number(value))) ?? form('other');
    return (chosen ?? placeholder).replaceAll('#', String(value));
  });
}

/** Texts as they are used: a text with places for values is a function of the values. */
export type Messages<T> = T extends string ? Message<T> : { [K in keyof T]: Messages<T[K]> };

/**
 * The texts in another language, of the same shape.
 * @param translate gives a text in that language, or the original where there is no translation
 */
export function translated<T>(texts: T, translate: (english: string) => string): T {
  if (typeof texts === 'string') return translate(texts) as T;
  const entries = Object.entries(texts as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, text]) => [name, translated(text, translate)])) as T;
}

/** Turns each text with places for values into a function of them. */
export function toMessages<T extends object>(texts: T, language: string): Messages<T> {
  const entries = Object.entries(texts).map(([name, text]: [string, string | object]) => [
    name,
    typeof text !== 'string'
      ? toMessages(text, language)
      : text.includes('{')
        ? (...values: (string | number)[]) => formatMessage(text, values, language)
        : text,
  ]);
  return Object.fromEntries(entries) as Messages<T>;
}

type Message<P extends string> = P extends `${string}{3${string}`
  ? (first: Value<P, 0>, second: Value<P, 1>, third: Value<P, 2>, fourth: Value<P, 3>) => string
  : P extends `${string}{2${string}`
    ? (first: Value<P, 0>, second: Value<P, 1>, third: Value<P, 2>) => string
    : P extends `${string}{1${string}`
      ? (first: Value<P, 0>, second: Value<P, 1>) => string
      : P extends `${string}{0${string}`
        ? (value: Value<P, 0>) => string
        : string;

type Value<P extends string, N extends number> = P extends `${string}{${N}, plural${string}` ? number : string | number;
