import { readFile } from 'node:fs/promises'
import { parse, View } from 'vega'
import { type Config, compile, type TopLevelSpec } from 'vega-lite'
import type { Table } from './database.js'

const chartFolder = new URL('../../../../docs/tutorials/charts/', import.meta.url)

/** How all charts look. */
const config: Config = {
  background: 'white',
  padding: 16,
  font: 'Helvetica, Arial, sans-serif',
  title: { anchor: 'start', fontSize: 16, subtitleFontSize: 12, subtitleColor: '#555', offset: 14 },
  axis: { labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal', labelLimit: 220, gridColor: '#e5e5e5' },
  axisY: { domain: false, ticks: false, labelPadding: 6 },
  header: { labelFontSize: 13, labelFontWeight: 'bold', titleFontSize: 12 },
  legend: { labelFontSize: 12, title: null, orient: 'top' },
  view: { stroke: null },
  range: { category: ['#3b6ea5', '#d98032', '#5a9e6f', '#9a6fb0'] },
}

/**
 * Draws a table by the Vega-Lite specification `charts/<step>.json`, whose data are the rows named `rows`. The same table
 * makes the same bytes: widths of letters are estimated, no font is looked up.
 *
 * @returns SVG; undefined where the step has no chart
 */
export async function drawChart(step: string, table: Table): Promise<string | undefined> {
  const file = await readFile(new URL(`${step}.json`, chartFolder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return undefined
  const values = table.rows.map(row => Object.fromEntries(row.map((cell, i) => [table.columns[i]!, cell])))
  const spec = { ...(JSON.parse(file) as TopLevelSpec), datasets: { rows: values } }
  const view = new View(parse(compile(spec, { config }).spec), { renderer: 'none' })
  try {
    return `${await view.toSVG()}\n`
  } finally {
    view.finalize()
  }
}
