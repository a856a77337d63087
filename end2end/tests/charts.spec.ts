// Charts: every mark filters, every chart has its numbers in words or in a table, what ends in future has its bars.
import { expect, test } from "@playwright/test";
import { lead, mark, openCard, settled } from "./card";
import { type CanonicalDocument, companies, count, documentsOf, identifiersOf, inForce, largest, statusOf, today } from "./stack";

const identifiers = identifiersOf(largest);
const all = documentsOf(identifiers);

function most(values: string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1])[0][0];
}

const regulation = most(all.flatMap((document) => document.technical_regulations));
const group = most(all.flatMap((document) => [...new Set(document.tn_ved.map((code) => code.slice(0, 2)))]));
const body = most(all.map((document) => document.certification_body ?? ""));
const origin = most(all.map((document) => document.manufacturer.country ?? ""));
const registry = most(all.map((document) => document.registry));
const status = most(all.map(statusOf));

const facets: [string, string, (document: CanonicalDocument) => boolean][] = [
  ["registries", `registry:${registry}`, (document) => document.registry === registry],
  ["regulations", `regulation:${regulation}`, (document) => document.technical_regulations.includes(regulation)],
  ["statuses", `status:${status}`, (document) => statusOf(document) === status],
  ["products", `product:${group}`, (document) => document.tn_ved.some((code) => code.startsWith(group))],
  ["bodies", `body:${body}`, (document) => (document.certification_body ?? "") === body],
  ["countries of manufacturers", `origin:${origin}`, (document) => document.manufacturer.country === origin],
];

test("each facet's mark filters all the rest by what it stands for", async ({ page }) => {
  const frame = await openCard(page, largest.id);

  for (const [name, key, fits] of facets) {
    await test.step(name, async () => {
      const documents = all.filter(fits).length;
      await expect(mark(frame, key)).toHaveAttribute("data-documents", String(documents));
      await mark(frame, key).click();
      await expect(lead(frame)).toHaveAttribute("data-documents", String(documents));
      await expect(frame.locator("#board")).toHaveAttribute("aria-busy", "false");
      await expect(frame.locator("tr[data-number]")).toHaveCount(Math.min(20, documents));
      await frame.locator(".filter").click();
      await expect(lead(frame)).toHaveAttribute("data-documents", String(all.length));
    });
  }
});

test("schemes and manners of production filter as their marks count", async ({ page }) => {
  const frame = await openCard(page, largest.id);

  for (const part of ["facet-schemes", "facet-production"]) {
    const first = frame.locator(`[data-part="${part}"] a.mark`).first();
    const documents = (await first.getAttribute("data-documents"))!;
    await first.click();
    await expect(lead(frame)).toHaveAttribute("data-documents", documents);
    await expect(frame.locator(".filter")).toHaveCount(1);
    await frame.locator(".filter").click();
    await expect(lead(frame)).toHaveAttribute("data-documents", String(all.length));
  }
});

test("conditions of several facets join, and their chips take them back one by one", async ({ page }) => {
  const frame = await openCard(page, largest.id);
  const both = all.filter((document) => document.registry === registry && statusOf(document) === status).length;

  await mark(frame, `registry:${registry}`).click();
  await settled(frame);
  await mark(frame, `status:${status}`).click();

  await expect(lead(frame)).toHaveAttribute("data-documents", String(both));
  await expect(frame.locator(".filter")).toHaveCount(2);
  await frame.locator(".filter").first().click();
  await expect(lead(frame)).toHaveAttribute("data-documents", String(count(identifiers).byStatus.get(status)));
});

test("product groups are named, and unfold into positions of four digits", async ({ page }) => {
  const frame = await openCard(page, largest.id);
  const panel = frame.locator('[data-part="facet-products"]');
  await expect(mark(frame, `product:${group}`)).toHaveText(new RegExp(`^${group} \\p{L}{3}`, "u"));

  await panel.getByRole("link", { name: "позиции" }).click();

  await expect(panel.locator('a.mark[data-key^="product:"]').first()).toHaveAttribute("data-key", /^product:\d{4}$/);
  await expect(panel.locator("a.mark").first()).toHaveText(/^\d{4} \p{L}{3}/u);
});

test("the trend has a table with the same numbers, reached and opened by keyboard", async ({ page }) => {
  const frame = await openCard(page, largest.id);
  const table = frame.locator(".trend table");
  await expect(table).toBeHidden();

  await frame.locator(".trend summary").focus();
  await page.keyboard.press("Enter");

  await expect(table).toBeVisible();
  const month = [...count(identifiers).byMonth].sort().at(-1)!;
  const row = table.locator(`tr[data-period^="${month[0]}"]`);
  const cells = (await row.locator("td").allTextContents()).map(Number);
  expect(cells.slice(0, -1).reduce((sum, cell) => sum + cell, 0)).toBe(month[1]);
});

test("terms that end in future stand as bars ahead of today, and show their documents", async ({ page }) => {
  const frame = await openCard(page, largest.id);
  await frame.getByRole("link", { name: "год", exact: true }).click();
  await settled(frame);
  const year = Number(today.slice(0, 4)) + 1;
  const ending = all.filter((document) => inForce.has(statusOf(document)) && document.valid_until?.startsWith(`${year}`));
  expect(ending.length).toBeGreaterThan(0);
  const column = frame.locator(`.chart__column.is-future[data-key="ends:${year}-01-01..${year}-12-31"]`);
  await expect(column).toHaveAttribute("aria-label", new RegExp(`${year} год: истекает срок: ${ending.length}`));

  await column.focus();
  await page.keyboard.press("Enter");

  const whichever = all.filter((document) => document.valid_until?.startsWith(`${year}`)).length;
  await expect(lead(frame)).toHaveAttribute("data-documents", String(whichever));
});

test("columns are layered by registry as well", async ({ page }) => {
  const frame = await openCard(page, companies.find((company) => company.id === largest.id)!.id);

  await frame.getByRole("link", { name: "реестры", exact: true }).click();
  await settled(frame);

  await expect(frame.locator(".trend .key")).toContainText("Декларации КР");
  await expect(frame.locator(".chart__column .fill-rf_declarations").first()).toBeVisible();
});
