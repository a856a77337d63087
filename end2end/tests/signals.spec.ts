// Signals: never a colour without its sentence, its reason, and the way to its documents.
import { expect, test } from "@playwright/test";
import { lead, openCard } from "./card";
import { count, documentsOf, identifiersOf, inForce, largest, notValidInRf, statusOf } from "./stack";

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
      await expect(signal.locator(".signal__sentence")).toHaveText(/^\p{Lu}.{15,}\.$/u);
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
  const signal = frame.locator("[data-signal]", { hasText: "приостановлен" });
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
  const expected = count(identifiersOf(largest));
  const frame = await openCard(page, largest.id);
  const figure = frame.locator('[data-figure="next_end"]');
  await expect(figure).toContainText(`за 90 дней: ${expected.expiring}`);

  await figure.click();

  await expect(frame.locator(".filter")).toContainText(["Действует", "Продлён", "Возобновлён", "Срок до"].slice(0, 1));
  const shown = Number(await lead(frame).getAttribute("data-documents"));
  expect(shown).toBe(expected.expiring);
  expect(documentsOf(identifiersOf(largest)).filter((document) => inForce.has(statusOf(document))).length).toBeGreaterThanOrEqual(shown);
});
