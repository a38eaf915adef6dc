import type { JSX } from 'preact';

interface SearchFieldProps {
  action: string;
  label: string;
  value: string;
  onInput: (text: string) => void;
}

/** Filters a list while the person types. Escape clears it. */
export function SearchField({ action, label, value, onInput }: SearchFieldProps): JSX.Element {
  return (
    <input
      class="field filter"
      type="search"
      data-action={action}
      aria-label={label}
      placeholder={label}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && value !== '') onInput('');
      }}
    />
  );
}
