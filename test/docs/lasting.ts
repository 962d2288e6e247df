/** Text without what is another at each run: times, speeds, sizes of archives. */

const rules: readonly [RegExp, string][] = [
  [
    /("(?:seconds|loadMs|rowsPerSecond|wordsPerSecond|ms)":|(?:seconds|wordsPerSecond|ms)=|wordsPerSecond )[\d.]+/g,
    '$10',
  ],
  [/("(?:modifiedAt|lastUsedAt|retryAt|loadedAt)":)"[^"]+"/g, '$1"..."'],
  [/ \(That was \d+ s ago; .*?\)/g, ''],
  [/(trained in |dur=)[\d.]+/g, '$10'],
  [/\b[\d.]+( s, )[\d.]+( rows\/s)/g, '0$10$2'],
  // An answer's status in the demo, and a target in what `probe` prints.
  [/^( {3}< \d{3} {3})[\d.]+ ms$/gm, '$10 ms'],
  [/^ {2}(target|\S+\.tar\.gz) .* (\w+)$/gm, '$1 $2'],
  // Of archives, which other versions of Node pack otherwise.
  [/("fileBytes":)\d+/g, '$10'],
  // The log's clock.
  [/^\d\d:\d\d:\d\d(?= )/gm, '00:00:00'],
  [/\r/g, ''],
]

export function lasting(text: string): string {
  return rules.reduce((rest, [pattern, to]) => rest.replaceAll(pattern, to), text).trimEnd()
}
