/** Classes of the series' colours (styles/base.css): told apart by those who see colours otherwise too. */
const NAMED = 10;

export function seriesClass(index: number, isOthers: boolean): string {
  return isOthers ? "series-others" : `series-${index % NAMED}`;
}
