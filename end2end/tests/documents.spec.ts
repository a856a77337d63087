// One document with all that is known of it, and the differences between "none", "not known" and "found by its text".
import { expect, test } from "@playwright/test";
import { lead, mark, openAlone, openCard } from "./card";
import { companies, documentsOf, identifiersOf, largest, notValidInRf, ownCard } from "./stack";

const all = documentsOf(identifiersOf(largest));

test("a document's number is copied, and a link leads to its official record", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openAlone(page, largest.id);
  const withRecord = all.find((document) => document.url !== null)!;
  await page.getByRole("searchbox").fill(withRecord.number);
  await page.getByRole("searchbox").press("Enter");
  await expect(lead(page)).toHaveAttribute("data-documents", "1");
  await page.locator(".documents__open").click();
  const drawer = page.getByRole("dialog");

  await drawer.getByRole("button", { name: "Скопировать номер" }).click();

  await expect(drawer.getByRole("button", { name: "Скопировано" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(withRecord.number);
  const record = drawer.getByRole("link", { name: "Запись в реестре" });
  await expect(record).toHaveAttribute("href", withRecord.url!);
  await expect(record).toHaveAttribute("rel", /noopener/);
  await expect(drawer).toContainText("С первой загрузки статус не менялся.");
});

test("a document that ended in Russia alone has both statuses, in the table, in the drawer and as a signal", async ({ page }) => {
  const [foreign] = notValidInRf(identifiersOf(largest));
  const frame = await openCard(page, largest.id);

  await frame.locator('[data-signal="not_valid_in_rf"]').getByRole("link", { name: "Показать" }).click();

  await expect(lead(frame)).toHaveAttribute("data-documents", String(notValidInRf(identifiersOf(largest)).length));
  const row = frame.locator(`tr[data-number="${foreign.number}"]`);
  await expect(row.locator(".pill")).toHaveText(["Действует", /РФ/]);
  await row.locator(".documents__open").click();
  const sheet = frame.getByRole("dialog");
  await expect(sheet.locator("dt", { hasText: "На территории РФ" })).toBeVisible();
  await expect(sheet.locator(".pill-active")).toHaveText("Действует");
  await expect(sheet.locator(".pill-terminated")).toHaveText("Прекращён");
});

test("a registry without documents shows a zero with its date, and is no link", async ({ page }) => {
  const frame = await openCard(page, largest.id);
  const present = new Set(all.map((document) => document.registry));
  const absent = ["rf_certificates", "rf_declarations", "kg_certificates", "kg_declarations", "kz", "by"].filter(
    (registry) => !present.has(registry),
  );
  expect(absent.length).toBeGreaterThan(0);

  for (const registry of absent) {
    const line = frame.locator(`[data-registry="${registry}"]`);
    await expect(line).toContainText(/данные по \d\d\.\d\d\.\d{4}/);
    await expect(line.locator(".mark__count")).toHaveText("0");
    await expect(line).not.toHaveAttribute("href", /./);
  }
});

test("a counterparty without documents is told to have none, and in which data of which day", async ({ page }) => {
  const company = companies.find((company) => identifiersOf(company).length > 0 && documentsOf(identifiersOf(company)).length === 0)!;
  const frame = await openCard(page, company.id);

  await expect(frame.locator(".empty")).toContainText(/документ/);
  const registries = frame.locator('[data-part="facet-registries"] [data-registry]');
  await expect(registries).toHaveCount(6);
  for (const line of await registries.all()) {
    await expect(line).toHaveText(/данные по \d\d\.\d\d\.\d{4}\s*0$/);
  }
});

test("a document that was found by a number in its text says so", async ({ page }) => {
  // The certificate of the sample page: its registry has no field for the applicant's number.
  const sample = { ogrn: "1197847051467", number: "ЕАЭС KG417/016.RU.02.04561" };
  const frame = await openCard(page, ownCard(9).deal, { kind: "deal" });
  await frame.locator("#add-identifier").fill(sample.ogrn);
  await frame.locator("#add-identifier").press("Enter");
  await mark(frame, "registry:kg_certificates").click();

  const row = frame.locator(`tr[data-number="${sample.number}"]`);
  await expect(row.locator(".documents__basis")).toHaveText("номер в тексте");
  await expect(row.locator(".documents__basis")).toHaveAttribute("title", /нет поля для номера/);
});
