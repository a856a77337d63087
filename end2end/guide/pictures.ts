// Takes the pictures of the guides: what a manager and an administrator see, in both languages, on the stack of the tests.
import { fileURLToPath } from "node:url";
import { expect, type Locator, type Page, test } from "@playwright/test";
import { openCard } from "../tests/card";
import { goTo, openAsAdministrator, openAsOperator } from "../tests/monitor";
import { app, companies, identifiersOf, largest, operatorToken } from "../tests/stack";

const folder = fileURLToPath(new URL("../../docs/guide/pictures/", import.meta.url));
type Language = "ru" | "en";

/** Writes a picture once the page stands still. */
async function picture(of: Page, name: string, language: Language): Promise<void> {
  await of.screenshot({ path: `${folder}${name}.${language}.png`, animations: "disabled", caret: "hide", scale: "css" });
}

/** Scrolls so that the part stands at the top of the window, below the portal's own head. */
async function atTheTop(page: Page, part: Locator): Promise<void> {
  await part.evaluate((element) => element.scrollIntoView({ block: "start" }));
  await page.evaluate(() => window.scrollBy(0, -72));
}

/** Somebody works with it: cards were opened, and people track their counterparties. */
test.beforeAll("a day's work", async ({ browser, request }) => {
  test.setTimeout(180_000);
  const headers = { authorization: `Bearer ${operatorToken}` };
  const portals = await (await request.get(`${app}/api/v1/monitor/portals`, { headers })).json();
  const rows = portals.parts.find((part: Record<string, unknown>) => "table" in part).table.rows;
  const page = await browser.newPage();
  for (const company of companies.slice(0, 8)) await openCard(page, company.id);
  await page.close();
  for (const [place, company] of companies.slice(0, 8).entries()) {
    const data = {
      member_id: rows[0].key,
      entity: { type: "company", id: company.id },
      user_id: place % 3 === 0 ? 1 : 7,
      identifiers: identifiersOf(company).slice(0, 1),
      news: place % 2 === 0 ? ["new_document", "suspended", "terminated"] : ["new_document", "expiring"],
    };
    if (data.identifiers.length > 0) await request.post(`${app}/api/v1/subscriptions`, { headers, data });
  }
  // Figures are written each minute.
  const searches = async () => {
    const overview = await (await request.get(`${app}/api/v1/monitor/overview`, { headers })).json();
    const figures = overview.parts.find((part: Record<string, unknown>) => "figures" in part).figures.figures;
    return figures.find((figure: { label: string }) => figure.label === "Searches").value;
  };
  await expect.poll(searches, { timeout: 120_000 }).not.toBe("0");
});

for (const language of ["ru", "en"] as const) {
  const word = (ru: string, en: string) => (language === "ru" ? ru : en);

  test.describe(language, () => {
    test.use({ viewport: { width: 1280, height: 720 }, locale: language === "ru" ? "ru-RU" : "en-GB" });

    test("the card", async ({ page }) => {
      const frame = await openCard(page, largest.id, { language });
      await picture(page, "card", language);

      await atTheTop(page, frame.locator("#documents-title"));
      await picture(page, "documents", language);
    });

    test("tracking", async ({ page }) => {
      const frame = await openCard(page, largest.id, { language });
      await frame.locator("#track").click();
      await expect(frame.locator("#tracking-panel form")).toBeVisible();
      await picture(page, "tracking", language);
    });

    test("an administrator's screens", async ({ page }) => {
      const frame = await openAsAdministrator(page, language);
      await picture(page, "overview", language);
      for (const [name, ru, en] of [
        ["identifiers", "Идентификаторы", "Identifiers"],
        ["subscriptions", "Подписки", "Subscriptions"],
        ["settings", "Настройки", "Settings"],
      ]) {
        await goTo(frame, word(ru, en));
        await picture(page, name, language);
      }
    });

    test("an operator's screens", async ({ page }) => {
      await openAsOperator(page, "/monitor/imports", language);
      // From the list on: above it stand this machine's folders.
      const list = await page.locator(".monitor-filters").first().boundingBox();
      const pageHeight = await page.evaluate(() => document.documentElement.scrollHeight);
      const y = (list?.y ?? 0) - 12;
      const clip = { x: 0, y, width: 1280, height: Math.min(720, pageHeight - y) };
      await page.screenshot({ path: `${folder}imports.${language}.png`, fullPage: true, clip, animations: "disabled" });
      await openAsOperator(page, "/monitor/portals", language);
      await page.locator("tbody a").first().click();
      await expect(page.getByRole("heading", { name: word("Токены", "Tokens") })).toBeVisible();
      await picture(page, "portal", language);
    });
  });
}
