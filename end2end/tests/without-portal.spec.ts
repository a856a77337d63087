// The page alone: no portal around it, no library of Bitrix24. Only the frame's height is lost.
import { expect, test } from "@playwright/test";
import { expectAccessible, lead, mark, openAlone, openCard, watchConsole } from "./card";
import { count, identifiersOf, largest, portal } from "./stack";

const expected = count(identifiersOf(largest));

test("everything works without a portal around the page", async ({ page }) => {
  const problems = watchConsole(page);
  await openAlone(page, largest.id);

  const [status, documents] = [...expected.byStatus][0];
  await mark(page, `status:${status}`).click();

  await expect(lead(page)).toHaveAttribute("data-documents", String(documents));
  expect(problems).toEqual([]);
});

test("everything works when the portal's library cannot be loaded", async ({ page }) => {
  await page.route("**/api/v1/", (route) => route.abort());
  const frame = await openCard(page, largest.id);

  const [status, documents] = [...expected.byStatus][0];
  await mark(frame, `status:${status}`).click();

  await expect(lead(frame)).toHaveAttribute("data-documents", String(documents));
});

test("a page whose scripts never arrive is accessible", async ({ page }) => {
  await page.route("**/start*.js", (route) => route.abort());
  await page.goto(`${portal}/__sim/open-frame?entity=company&id=${largest.id}&lang=ru`);
  await page.getByRole("button").click();
  await expect(lead(page)).toHaveAttribute("data-documents", String(expected.documents));

  await expectAccessible(page, "html");
});
