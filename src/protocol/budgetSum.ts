import { formatDuration, parseDuration } from './duration.ts';

/** How much may be spent: tokens, US dollars, or milliseconds. */
export interface BudgetSum {
  unit: 'tokens' | 'usd' | 'ms';
  amount: number;
}

/** The forms of a sum, for messages about another text. */
export const SUM_FORMS = "tokens as 500k or 2M, dollars as '$5' (in quotes for a shell), or a time as 30m or 1h";

/** The pattern of these forms, for the manifest as well; the amount is above 0. */
export const SUM_PATTERN = String.raw`(?:(?:[1-9]\d{0,5}(?:\.\d{1,3})?|0\.\d{0,2}[1-9])[kM]|\$(?:[1-9]\d{0,5}(?:\.\d{1,2})?|0\.(?:0[1-9]|[1-9]\d?))|[1-9]\d{0,5}[smhd])`;
const SUM = new RegExp(`^${SUM_PATTERN}$`);

/** A sum of money, tokens or time; undefined for any other text. `30m` is half an hour, `30M` thirty million tokens. */
export function parseSum(text: string): BudgetSum | undefined {
  if (!SUM.test(text)) return undefined;
  if (text.startsWith('$')) return { unit: 'usd', amount: Number(text.slice(1)) };
  const factor = text.endsWith('k') ? 1e3 : text.endsWith('M') ? 1e6 : undefined;
  if (factor !== undefined) return { unit: 'tokens', amount: Math.round(Number(text.slice(0, -1)) * factor) };
  const ms = parseDuration(text);
  return ms === undefined ? undefined : { unit: 'ms', amount: ms };
}

/** An amount as people read it: `2.1M tokens`, `$5.20`, `30 min`. */
export function formatSum({ unit, amount }: BudgetSum): string {
  if (unit === 'ms') return formatDuration(amount);
  return unit === 'usd' ? dollars(amount) : `${compactTokens(amount)} tokens`;
}

/** An amount of money or of tokens without its unit in words, for any language: `2.1M`, `$5.20`. */
export const shortAmount = ({ unit, amount }: BudgetSum): string =>
  unit === 'usd' ? dollars(amount) : compactTokens(Math.round(amount));

/** What is spent of a sum, the unit once: `2.1M of 2M tokens`. */
export const formatSpent = (spent: number, sum: BudgetSum): string =>
  sum.unit === 'tokens'
    ? `${compactTokens(spent)} of ${formatSum(sum)}`
    : `${formatSum({ ...sum, amount: spent })} of ${formatSum(sum)}`;

const dollars = (amount: number): string => `$${Number.isInteger(amount) ? amount : amount.toFixed(2)}`;

function compactTokens(amount: number): string {
  if (amount < 1000) return String(amount);
  const [short, letter] = amount < 999_500 ? [amount / 1e3, 'k'] : [amount / 1e6, 'M'];
  return `${Number(short.toFixed(short < 10 ? 2 : 1))}${letter}`;
}

/** The text of a sum, as it is written: the inverse of `parseSum`. */
export function writeSum({ unit, amount }: BudgetSum): string {
  if (unit === 'usd') return `$${Number(amount.toFixed(2))}`;
  if (unit === 'tokens')
    return amount < 1e6 ? `${Number((amount / 1e3).toFixed(3))}k` : `${Number((amount / 1e6).toFixed(3))}M`;
  return amount % 3_600_000 === 0 ? `${amount / 3_600_000}h` : `${Math.ceil(amount / 60_000)}m`;
}
