import { existsSync } from 'node:fs'
import type { Test } from 'tap'

const places = [
  process.env['CHROME_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The browser of this machine: Debian's `chromium`, or what CHROME_PATH names. */
export const browserPath = places.find(path => path !== undefined && existsSync(path))

/** Opens a page that notes what it asks for, and what it complains of. Its browser ends with the test. */
export async function openPage(t: Pick<Test, 'teardown'>, executablePath: string) {
  const { launch } = await import('puppeteer-core')
  // As root, in a container, there is no sandbox to be had; the pages are our own.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']
  const browser = await launch({ executablePath, args, defaultViewport: { width: 1280, height: 1600 } })
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  const asked: string[] = []
  const complaints: string[] = []
  page.on('request', request => asked.push(request.url()))
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('requestfailed', request => complaints.push(`${request.url()} ${request.failure()?.errorText}`))
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warn') complaints.push(message.text())
  })
  return { page, asked, complaints }
}
