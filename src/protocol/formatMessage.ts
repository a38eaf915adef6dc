/** A text that is about something: filled in with these, in this order. */
export type Template<Values extends readonly (string | number)[]> = (...values: Values) => string;

/**
 * `{0}` is the first value, and `{0, plural, one {# vote} other {# votes}}` is it in agreement with a noun: the forms
 * are those of the language (`zero`, `one`, `two`, `few`, `many`, `other`), or of one number (`=0`).
 */
const PLACEHOLDER = /\{(\d)(?:, plural,((?: =?\w+ \{[^}]*\})+))?\}/g;

/**
 * Puts values into a text. The part of ICU's message syntax that translators know and that we need.
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

/** The texts as they are written and sent: `{0}` where the first value goes, `{0, plural, one {# vote} other {# votes}}` where it is counted. */
export type MessagePatterns<T> = T extends string
  ? string
  : T extends Template<infer Values>
    ? WithPlaceholders<Values>
    : { [K in keyof T]: MessagePatterns<T[K]> };

type Placeholder<N extends number> = `${string}{${N}${string}`;

/** A text with a place for each value: forgetting one does not compile. */
type WithPlaceholders<Values extends readonly unknown[]> = Values['length'] extends 1
  ? Placeholder<0>
  : Values['length'] extends 2
    ? Placeholder<0> & Placeholder<1>
    : Placeholder<0> & Placeholder<1> & Placeholder<2>;
