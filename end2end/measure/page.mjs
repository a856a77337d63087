// How fast a card's page is in a slow browser: `cargo xtask bench page` runs this and reads the JSON that it prints.
//
// The card is opened as a person opens it, in the portal's frame, in Chromium with a slowed processor. Each run is a
// new browser profile that opens the card twice: with an empty cache, and again. What is measured is told by the
// browser itself, from within the frame, counted from the moment when the frame began to load.
import { readFileSync } from "node:fs";
import { chromium } from "@playwright/test";

const required = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this by \`cargo xtask bench page\``);
  return value;
};

const portal = required("E2E_PORTAL_URL");
const app = required("E2E_APP_URL");
const token = required("E2E_OPERATOR_TOKEN");
const runs = Number(required("MEASURE_RUNS"));
const slowdown = Number(required("MEASURE_SLOWDOWN"));
const { companies } = JSON.parse(readFileSync(required("E2E_PORTAL_FILE"), "utf8"));

/** A page that is not interactive by then is not measured. */
const patience = 60_000;
/** The largest paint may still change after the page became interactive: so long it is watched. */
const afterwards = 1_000;
const requisites = ["RQ_INN", "RQ_OGRN", "RQ_OGRNIP", "RQ_BIN", "RQ_IIN"];

/** How many documents a company has, by the product's own interface. */
async function documentsOf(company) {
  const values = company.requisites.flatMap((set) => requisites.map((field) => set[field]).filter(Boolean));
  if (values.length === 0) return 0;
  const query = new URLSearchParams(values.map((value) => ["id", value]));
  const answer = await fetch(`${app}/api/v1/analytics?${query}`, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`analytics answers ${answer.status}: ${await answer.text()}`);
  return (await answer.json()).totals.documents;
}

/** Runs in every frame before anything else: keeps what the browser tells about its painting and its long tasks. */
function watch() {
  const seen = { paints: {}, largest: 0, shift: 0, tasks: [], hydrated: null };
  window.certlensMeasure = seen;
  const observe = (type, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  observe("paint", (entry) => (seen.paints[entry.name] = entry.startTime));
  observe("largest-contentful-paint", (entry) => (seen.largest = entry.startTime));
  observe("layout-shift", (entry) => (seen.shift += entry.hadRecentInput ? 0 : entry.value));
  observe("longtask", (entry) => seen.tasks.push([entry.startTime, entry.duration]));
  const look = () => {
    if (seen.hydrated === null && document.documentElement?.hasAttribute("data-hydrated")) seen.hydrated = performance.now();
  };
  new MutationObserver(look).observe(document, { attributes: true, childList: true, subtree: true, attributeFilter: ["data-hydrated"] });
}

/** Runs in the frame at the end: what was seen, and the bytes of each kind as they came over the wire. */
function tell() {
  const seen = window.certlensMeasure;
  const kinds = { html: 0, css: 0, js: 0, wasm: 0, other: 0 };
  const [page] = performance.getEntriesByType("navigation");
  kinds.html += page.transferSize;
  let requests = 1;
  for (const resource of performance.getEntriesByType("resource")) {
    const kind = /\.(css|js|wasm)$/.exec(new URL(resource.name).pathname)?.[1] ?? "other";
    kinds[kind] += resource.transferSize;
    requests += 1;
  }
  return { ...seen, kinds, requests, response: page.responseStart };
}

/** Long tasks' time above 50 ms between the first paint and the moment when the page is interactive. */
function totalBlockingTime(tasks, from, to) {
  let total = 0;
  for (const [start, duration] of tasks) {
    const within = Math.min(start + duration, to) - Math.max(start, from);
    total += Math.max(0, within - 50);
  }
  return total;
}

async function visit(page, company) {
  const address = `${portal}/crm/company/details/${company.id}/?tab=app&lang=ru`;
  await page.goto(address, { waitUntil: "commit" });
  const iframe = await page.waitForSelector("iframe", { timeout: patience });
  const frame = await iframe.contentFrame();
  await frame.waitForFunction(() => window.certlensMeasure?.hydrated != null, null, { timeout: patience });
  await page.waitForTimeout(afterwards);
  const told = await frame.evaluate(tell);
  const firstPaint = told.paints["first-contentful-paint"] ?? null;
  return {
    response_ms: told.response,
    first_contentful_paint_ms: firstPaint,
    largest_contentful_paint_ms: told.largest || null,
    hydrated_ms: told.hydrated,
    total_blocking_time_ms: totalBlockingTime(told.tasks, firstPaint ?? 0, told.hydrated),
    longest_task_ms: Math.max(0, ...told.tasks.map(([, duration]) => duration)),
    layout_shift: told.shift,
    bytes: told.kinds,
    requests: told.requests,
  };
}

const browser = await chromium.launch({
  executablePath: process.env.E2E_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // The portal's page and our frame in one process, as on a machine with little memory: the slow-down, which is set
    // for the page's process, holds for the frame from its first byte.
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process",
  ],
});
try {
  const counted = [];
  for (const company of companies) counted.push({ company, documents: await documentsOf(company) });
  counted.sort((one, other) => one.documents - other.documents);
  const holders = counted.filter(({ documents }) => documents > 0);
  if (holders.length === 0) throw new Error("no company of the portal has documents");
  const cards = [];
  for (const [size, { company, documents }] of [["small", holders[0]], ["large", holders.at(-1)]]) {
    const first = [];
    const again = [];
    const failures = [];
    for (let run = 0; run < runs; run += 1) {
      const context = await browser.newContext({ viewport: { width: 1000, height: 600 }, locale: "ru-RU" });
      try {
        await context.addInitScript(watch);
        const page = await context.newPage();
        const devtools = await context.newCDPSession(page);
        await devtools.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
        first.push(await visit(page, company));
        await page.goto("about:blank");
        again.push(await visit(page, company));
      } catch (error) {
        failures.push(String(error.message ?? error).split("\n")[0]);
      } finally {
        await context.close();
      }
    }
    cards.push({ size, company: company.id, documents, first, again, failures });
  }
  console.log(JSON.stringify({ chromium: browser.version(), slowdown, runs, cards }));
} finally {
  await browser.close();
}
