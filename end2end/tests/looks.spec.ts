// What people see: screenshots are kept as artefacts, accessibility is checked, nothing overflows.
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { openCard, watchConsole } from "./card";
import { companies, count, identifiersOf } from "./stack";

const largest = companies.reduce((best, company) =>
  count(identifiersOf(company)).documents > count(identifiersOf(best)).documents ? company : best,
);
const screenshots = "test-results/screenshots";

for (const { name, width, scheme, language } of [
  { name: "wide-light-ru", width: 1400, scheme: "light", language: "ru" },
  { name: "wide-dark-en", width: 1400, scheme: "dark", language: "en" },
  { name: "middle-light-en", width: 1000, scheme: "light", language: "en" },
  { name: "small-light-ru", width: 700, scheme: "light", language: "ru" },
  { name: "column-dark-ru", width: 400, scheme: "dark", language: "ru" },
] as const) {
  test(`the card is legible and accessible: ${name}`, async ({ page }) => {
    const problems = watchConsole(page);
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width: Math.max(width, 700), height: 1000 });
    const frame = await openCard(page, largest.id, { language });
    const iframe = page.locator("iframe");
    if (width < 700) await iframe.evaluate((element, width) => ((element as HTMLElement).style.width = `${width}px`), width);

    await expect(frame.locator("html")).toHaveAttribute("lang", language);
    const overflow = await frame.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth);
    expect(overflow).toBe(0);
    // A frame is drawn no further than the window reaches.
    const bottom = await iframe.evaluate((element) => element.getBoundingClientRect().bottom + window.scrollY);
    await page.setViewportSize({ width: Math.max(width, 700), height: Math.ceil(bottom) + 40 });
    await iframe.screenshot({ path: `${screenshots}/${name}.png` });
    const audit = await new AxeBuilder({ page }).include("iframe").analyze();
    expect(audit.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target).join(", ")}`)).toEqual([]);
    expect(problems).toEqual([]);
  });
}
