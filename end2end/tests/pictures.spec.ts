// Pictures of the card's page, compared with those in end2end/snapshots: both languages, both colour schemes, three
// widths. `cargo xtask test --end2end-only --update-snapshots -- pictures` renews them.
import { expect, type Page, test } from "@playwright/test";
import { openAlone } from "./card";
import { companies, identifiersOf } from "./stack";

/** Of several countries, with some twenty documents: whatever a page can show, and not too long for a picture. */
const pictured = companies.reduce((best, company) => (identifiersOf(company).length > identifiersOf(best).length ? company : best));
const widths = [400, 700, 1200];

/** Documents and lines of a facet in a picture: the others look alike, and pictures should stay small. */
const rows = 2;
const lines = 3;

/** What differs from run to run by its nature gets fixed words, so that nothing has to be hidden. */
async function steady(page: Page): Promise<void> {
  await page.locator("tr[data-number]").evaluateAll((all, rows) => all.slice(rows).forEach((row) => row.remove()), rows);
  await page.locator(".marks").evaluateAll((all, lines) => all.forEach((one) => [...one.children].slice(lines).forEach((line) => line.remove())), lines);
  await page.locator(".sources span").last().evaluate((answered) => {
    answered.textContent = "ClickHouse · 5 ms";
  });
}

for (const language of ["ru", "en"] as const) {
  for (const scheme of ["light", "dark"] as const) {
    test(`the card looks as agreed: ${language}, ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme });
      await openAlone(page, pictured.id, { language });
      await steady(page);

      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        await expect.soft(page).toHaveScreenshot(`card-${language}-${scheme}-${width}.png`, { fullPage: true });
      }
    });
  }
}
