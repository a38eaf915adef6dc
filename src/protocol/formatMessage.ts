/** A text with places for values, which are given in this order. */
export type Template<Values extends readonly (string | number)[]> = (...values: Values) => string;

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

/** The texts as they are written and sent: patterns in the place of templates. */
export type MessagePatterns<T> = T extends string
  ? string
  : T extends Template<infer Values>
    ? WithPlaceholders<Values>
    : { [K in keyof T]: MessagePatterns<T[K]> };

type Placeholder<N extends number> = `${string}{${N}${string}`;

/** A pattern with a place for each value: a pattern that lacks one does not compile. */
type WithPlaceholders<Values extends readonly unknown[]> = Values['length'] extends 1
  ? Placeholder<0>
  : Values['length'] extends 2
    ? Placeholder<0> & Placeholder<1>
    : Placeholder<0> & Placeholder<1> & Placeholder<2>;
