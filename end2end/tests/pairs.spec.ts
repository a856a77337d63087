// Numbers that documents state together, and how fresh the registries are: what people see of both.
import { expect, test } from "@playwright/test";
import { lead, openCard, openSettings, watchConsole } from "./card";
import { count, ownCard } from "./stack";

const places = [3, 4];
const own = places.map(ownCard).find((card) => card.identifiers.length > 1)!;

test("a number alone is searched together with the number that documents state beside it", async ({ page }) => {
  const problems = watchConsole(page);
  const [asked, ...others] = own.identifiers;
  const frame = await openCard(page, own.deal, { kind: "deal" });
  await expect(frame.locator("[data-paired]")).toHaveCount(0);

  for (const other of others) await frame.locator(".chip", { hasText: other }).click();

  const line = frame.locator(".bridge");
  await expect(line.locator("[data-paired]").first()).toHaveAttribute("title", new RegExp(`Указан вместе с ${asked}`));
  await page.locator("iframe").screenshot({ path: "test-results/screenshots/pairs.png" });

  await line.getByRole("link", { name: "Только указанные номера" }).click();
  await expect(line.locator("[data-paired]")).toHaveCount(0);
  await expect(lead(frame)).toHaveAttribute("data-documents", String(count([asked]).documents));
  await line.getByRole("link", { name: "Искать и по парным" }).press("Enter");
  await expect(line.locator("[data-paired]").first()).toBeVisible();
  expect(problems).toEqual([]);
});

test("the application's own page tells how fresh each registry is", async ({ page }) => {
  const frame = await openSettings(page);
  const rows = frame.locator(".freshness tbody tr");

  await expect(rows).toHaveCount(6);
  await expect(frame.locator('.freshness [data-registry="rf_declarations"]')).toHaveAttribute("data-loaded", "true");
  await expect(frame.locator('.freshness [data-registry="rf_declarations"] td').nth(1)).toHaveText(/\d\d\.\d\d\.\d{4}/);
});
