// The board: every mark filters, the address remembers, documents open, things are taken along.
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { lead, mark, numberOf, openCard, settled, watchConsole } from "./card";
import { count, identifiersOf, largest } from "./stack";

const company = largest;
const expected = count(identifiersOf(company));
const [status, ofStatus] = [...expected.byStatus].sort((one, other) => one[1] - other[1])[0];

test("a mark filters the rest, a chip and the way back undo it", async ({ page }) => {
  const problems = watchConsole(page);
  const frame = await openCard(page, company.id);

  await mark(frame, `status:${status}`).click();

  await expect(lead(frame)).toHaveAttribute("data-documents", String(ofStatus));
  await expect(mark(frame, `status:${status}`)).toHaveAttribute("aria-current", "true");
  expect(await frame.locator("html").evaluate(() => location.hash)).toBe(`#status=${status}`);
  await page.locator("iframe").screenshot({ path: "test-results/screenshots/filtered.png" });
  await frame.locator(".filter").click();
  await expect(lead(frame)).toHaveAttribute("data-documents", String(expected.documents));
  await frame.locator("html").evaluate(() => history.back());
  await expect(lead(frame)).toHaveAttribute("data-documents", String(ofStatus));
  expect(problems).toEqual([]);
});

test("marks are used by keyboard and keep the focus", async ({ page }) => {
  const frame = await openCard(page, company.id);
  const chosen = mark(frame, `status:${status}`);

  await chosen.focus();
  await page.keyboard.press("Enter");

  await expect(lead(frame)).toHaveAttribute("data-documents", String(ofStatus));
  await expect(chosen).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(lead(frame)).toHaveAttribute("data-documents", String(expected.documents));
});

test("a column of the trend shows its documents, and its step changes", async ({ page }) => {
  const frame = await openCard(page, company.id);
  await frame.getByRole("link", { name: "год", exact: true }).click();
  await settled(frame);
  const year = [...expected.byMonth.keys()].map((month) => month.slice(0, 4)).sort().at(-1)!;
  const documents = [...expected.byMonth].filter(([month]) => month.startsWith(year)).reduce((sum, [, count]) => sum + count, 0);

  await frame.locator(`.chart__column[data-key="registered:${year}-01-01..${year}-12-31"]`).click();

  await expect(lead(frame)).toHaveAttribute("data-documents", String(documents));
});

test("a document opens beside its row with all its fields and closes with Escape", async ({ page }) => {
  const frame = await openCard(page, company.id);
  const row = frame.locator("tr[data-number]").nth(1);
  const number = (await row.getAttribute("data-number"))!;

  await row.locator(".documents__open").click();

  const drawer = frame.getByRole("dialog");
  await expect(drawer.getByRole("heading", { level: 2 })).toHaveText(number);
  await expect(drawer).toContainText("Заявитель");
  await expect(drawer).toBeFocused();
  await page.locator("iframe").screenshot({ path: "test-results/screenshots/drawer.png" });
  const audit = await new AxeBuilder({ page }).include("iframe").analyze();
  expect(audit.violations.map((violation) => violation.id)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(drawer).toHaveCount(0);
  await expect(row.locator(".documents__open")).toBeFocused();
});

test("a text finds documents by product or number, and none is said as such", async ({ page }) => {
  const frame = await openCard(page, company.id);
  const number = expected.newest[0].number;

  await frame.getByRole("searchbox").fill(number);
  await frame.getByRole("searchbox").press("Enter");

  await expect(lead(frame)).toHaveAttribute("data-documents", "1");
  await frame.getByRole("searchbox").fill("такой продукции нет");
  await frame.getByRole("searchbox").press("Enter");
  await expect(frame.getByText("Под эти условия не подходит ни один документ.")).toBeVisible();
});

test("the table is sorted by the end of the term and paged", async ({ page }) => {
  test.skip(expected.documents <= 20, "one page holds them all");
  const frame = await openCard(page, company.id);
  const first = await frame.locator("tr[data-number]").first().getAttribute("data-number");

  await frame.getByRole("link", { name: "Дальше" }).click();
  await settled(frame);
  expect(await frame.locator("tr[data-number]").first().getAttribute("data-number")).not.toBe(first);

  await frame.locator("a.sort", { hasText: "Действует до" }).click();
  await expect(frame.locator("th[aria-sort=ascending]")).toContainText("Действует до");
});

test("the filtered documents are downloaded as a workbook and as lines", async ({ page }) => {
  const frame = await openCard(page, company.id);

  for (const format of ["XLSX", "CSV"]) {
    const download = page.waitForEvent("download");
    await frame.getByRole("button", { name: format }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(new RegExp(`^certlens-.*\\.${format.toLowerCase()}$`));
    expect(await file.failure()).toBeNull();
  }
});

test("the summary goes into the card's timeline", async ({ page }) => {
  const frame = await openCard(page, company.id);

  await frame.getByRole("button", { name: "В таймлайн" }).click();

  await expect(frame.getByRole("button", { name: "В таймлайне" })).toBeVisible();
});

test("what an address says is shown when the page opens with it", async ({ page }) => {
  const frame = await openCard(page, company.id);
  await frame.locator("html").evaluate((_, hash) => {
    location.hash = hash;
  }, `#status=${status}&by=year&stack=registry`);
  await expect(lead(frame)).toHaveAttribute("data-documents", String(ofStatus));
  await expect(frame.getByRole("link", { name: "реестры", exact: true })).toHaveAttribute("aria-current", "true");
  expect(await numberOf(lead(frame), "data-documents")).toBe(ofStatus);
});
