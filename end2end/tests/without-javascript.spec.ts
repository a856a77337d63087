// The same page, read by a browser that runs no scripts at all: the frame's form is submitted by hand.
import { expect, test } from "@playwright/test";
import { companies, count, identifiersOf, portal } from "./stack";

const company = companies.find((company) => count(identifiersOf(company)).documents > 0)!;

test.use({ javaScriptEnabled: false });

test("the card is readable without JavaScript", async ({ page }) => {
  const expected = count(identifiersOf(company));
  await page.goto(`${portal}/__sim/open-frame?entity=company&id=${company.id}&lang=ru`);

  await page.getByRole("button").click();

  await expect(page.locator("h1")).toHaveText(company.title);
  await expect(page.locator(".lead")).toHaveAttribute("data-documents", String(expected.documents));
  await expect(page.locator("tr[data-number]")).toHaveCount(Math.min(20, expected.documents));
  // What needs a script is not shown, and so promises nothing.
  await expect(page.locator("#add-identifier")).toBeHidden();
  await expect(page.getByRole("button", { name: "Копировать" })).toBeHidden();
  await page.locator(".trend summary").click();
  await expect(page.locator(".trend table")).toBeVisible();
  await page.screenshot({ path: "test-results/screenshots/without-javascript.png", fullPage: true });
});
