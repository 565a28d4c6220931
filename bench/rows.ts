/** One measured figure. */
export interface Row {
  name: string;
  /** Per second, or undefined where the figure is a latency alone. */
  perSecond?: number;
  p50Ms?: number;
  p99Ms?: number;
  /** The figure divided by its yardstick of the same run, and the name of the yardstick. */
  ratio?: { to: string; value: number };
}

export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function printRows(rows: readonly Row[]): void {
  const cells = rows.map((row) => [
    row.name,
    row.perSecond === undefined ? '' : Math.round(row.perSecond).toLocaleString('en'),
    row.p50Ms === undefined ? '' : row.p50Ms.toFixed(2),
    row.p99Ms === undefined ? '' : row.p99Ms.toFixed(2),
    row.ratio === undefined ? '' : `${row.ratio.value.toFixed(2)} × ${row.ratio.to}`,
  ]);
  const lines = [['', 'per second', 'p50 ms', 'p99 ms', 'ratio'], ...cells];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines) {
    const [name = '', ...figures] = line;
    console.log([name.padEnd(widths[0] ?? 0), ...figures.map((cell, index) => cell.padStart(widths[index + 1] ?? 0))].join('  ').trimEnd());
  }
}
