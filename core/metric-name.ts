/** How a figure of a training is called in logs that programs read: `dev F1` is `dev_f1`, `wordsPerSecond` is `words_per_second`. */
export function metricName(figure: string): string {
  return figure
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase()
}
