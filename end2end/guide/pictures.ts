// Takes the pictures of the guides: what a manager and an administrator see, in both languages, on the stack of the tests.
import { fileURLToPath } from "node:url";
import { expect, type FrameLocator, type Locator, type Page, test } from "@playwright/test";
import { openCard } from "../tests/card";
import { goTo, openAsAdministrator, openAsOperator } from "../tests/monitor";
import { largest } from "../tests/stack";

const folder = fileURLToPath(new URL("../../docs/guide/pictures/", import.meta.url));
type Language = "ru" | "en";

/** Writes a picture once the page stands still. */
async function picture(of: Page | Locator, name: string, language: Language): Promise<void> {
  await of.screenshot({ path: `${folder}${name}.${language}.png`, animations: "disabled", caret: "hide", scale: "css" });
}

/** The frame without the portal around it. */
const framed = (page: Page) => page.locator("iframe");

/** Scrolls so that the part stands at the top of the window. */
async function atTheTop(part: Locator): Promise<void> {
  await part.evaluate((element) => element.scrollIntoView({ block: "start" }));
}

for (const language of ["ru", "en"] as const) {
  const word = (ru: string, en: string) => (language === "ru" ? ru : en);

  test.describe(language, () => {
    test.use({ viewport: { width: 1280, height: 720 }, locale: language === "ru" ? "ru-RU" : "en-GB" });

    test("the card", async ({ page }) => {
      const frame = await openCard(page, largest.id, { language });
      await picture(page, "card", language);

      await atTheTop(frame.locator("#documents"));
      await picture(page, "documents", language);
    });

    test("tracking", async ({ page }) => {
      const frame = await openCard(page, largest.id, { language });
      await frame.locator("#track").click();
      await expect(frame.locator("#tracking-panel form")).toBeVisible();
      await picture(page, "tracking", language);
    });

    test("an administrator's screens", async ({ page }) => {
      const frame: FrameLocator = await openAsAdministrator(page, language);
      await picture(framed(page), "overview", language);
      for (const [name, ru, en] of [
        ["subscriptions", "Подписки", "Subscriptions"],
        ["queue", "Очередь", "Queue"],
        ["settings", "Настройки", "Settings"],
      ]) {
        await goTo(frame, word(ru, en));
        await picture(framed(page), name, language);
      }
    });

    test("an operator's screens", async ({ page }) => {
      await openAsOperator(page, "/monitor/imports", language);
      await picture(page, "imports", language);
      await openAsOperator(page, "/monitor/portals", language);
      await page.locator("tbody a").first().click();
      await expect(page.getByRole("button", { name: word("Починить", "Repair") })).toBeVisible();
      await picture(page, "portal", language);
    });
  });
}
