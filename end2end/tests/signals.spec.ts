// Signals: never a colour without its sentence, its reason, and the way to its documents.
import { expect, test } from "@playwright/test";
import { lead, openCard } from "./card";
import { companies, count, documentsOf, identifiersOf, largest, notValidInRf, statusOf } from "./stack";

for (const [language, levels] of [
  ["ru", ["Внимание", "Заметка", "Хорошо"]],
  ["en", ["Attention", "Note", "Good"]],
] as const) {
  test(`each signal has a word, a sentence and a reason: ${language}`, async ({ page }) => {
    const frame = await openCard(page, largest.id, { language });
    const signals = frame.locator("[data-signal]");
    expect(await signals.count()).toBeGreaterThan(1);

    for (const signal of await signals.all()) {
      expect(levels).toContain(await signal.locator(".signal__level").textContent());
      await expect(signal.locator(".signal__sentence")).toHaveText(/^[\p{Lu}\d].{15,}\.$/u);
      await signal.locator("summary").click();
      await expect(signal.locator(".signal__why p")).toHaveText(/^\p{Lu}.{15,}\.$/u);
    }
  });
}

test("the signal of suspended documents counts them and shows them", async ({ page }) => {
  const all = documentsOf(identifiersOf(largest));
  const suspended = all.filter((document) => statusOf(document) === "suspended").length;
  expect(suspended).toBeGreaterThan(0);
  const frame = await openCard(page, largest.id);
  const signal = frame.locator('[data-signal="stopped"]');
  await expect(signal).toContainText(new RegExp(`\\b${suspended}\\b`));

  await signal.getByRole("link", { name: "Показать" }).click();

  await expect(lead(frame)).toHaveAttribute("data-documents", String(suspended));
});

test("documents that Russia does not recognise are counted in a sentence", async ({ page }) => {
  const listed = notValidInRf(identifiersOf(largest)).length;
  const frame = await openCard(page, largest.id);

  await expect(frame.locator('[data-signal="not_valid_in_rf"] .signal__sentence')).toContainText(String(listed));
});

test("terms that end within 90 days are announced as the rows count them", async ({ page }) => {
  const expiring = (company: (typeof companies)[number]) => count(identifiersOf(company)).expiring;
  const company = companies.reduce((best, company) => (expiring(company) > expiring(best) ? company : best));
  const frame = await openCard(page, company.id);
  const figure = frame.locator('[data-figure="next_end"]');
  await expect(figure).toContainText(`за 90 дней: ${expiring(company)}`);

  await figure.click();

  await expect(frame.locator(".filter", { hasText: "Срок до" })).toBeVisible();
  await expect(lead(frame)).toHaveAttribute("data-documents", String(expiring(company)));
});
