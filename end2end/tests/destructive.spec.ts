// What takes something away in the monitor: the question tells the effect first, nothing happens without a yes, and what
// happened stands in the audit log with its reason.
import { expect, type Locator, type Page, test } from "@playwright/test";
import { watchConsole } from "./card";
import { goTo, openAsAdministrator, openAsOperator } from "./monitor";

const dialog = (page: Page) => page.locator("#monitor-dialog");

/** A document of a year in which the other tests look for none, of an applicant that no card has. */
const document = {
  registry: "rf_declarations",
  source_id: "undo-1",
  number: "ЕАЭС N RU Д-CN.РА01.В.00001/19",
  kind: "declaration",
  status: "terminated",
  status_label: "Прекращён",
  registered_on: "2019-02-01",
  valid_until: "2020-02-01",
  applicant: { name: "ООО «Отмена»", country: "RU", inn: "7728168971", ogrn: null, bin: null, unp: null },
  manufacturer: { name: "Undo Ltd", country: "CN", inn: null, ogrn: null },
  technical_regulations: ["ТР ТС 004/2011"],
  product: "чайник",
  tn_ved: ["8516797000"],
  scheme: "1д",
  certification_body: null,
  url: null,
};

test("a file is sent, imported and undone, with the effect told before", async ({ page }) => {
  const problems = watchConsole(page);
  await openAsOperator(page, "/monitor/imports");
  const form = page.locator("form[data-upload]");
  await form.locator('select[name="source"]').selectOption("jsonl");
  const file = { name: "to-be-undone.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(`${JSON.stringify(document)}\n`) };
  await form.locator('input[type="file"]').setInputFiles(file);
  await form.getByRole("button", { name: "Отправить" }).click();
  const row = page.locator("[data-row]", { hasText: file.name }).first();
  await expect(row).toContainText("завершена", { timeout: 30_000 });

  await row.getByRole("button", { name: /Отменить загрузку/ }).click();
  await expect(dialog(page)).toContainText("Исчезнут документы, которые она добавила: 1");
  await page.getByRole("button", { name: "Оставить как есть" }).click();
  await expect(row).toContainText("завершена");

  await row.getByRole("button", { name: /Отменить загрузку/ }).click();
  await dialog(page).locator("textarea").fill("не тот файл");
  await dialog(page).locator("[data-yes]").click();
  await expect(row).toContainText("отменена");
  await expect(page.locator("#monitor-status")).toContainText("Загрузка отменена");

  await goTo(page, "Журнал");
  await expect(page.locator("[data-row]", { hasText: "не тот файл" }).first()).toContainText("сделано");
  expect(problems).toEqual([]);
});

test("an erasure tells how much goes and does nothing without a yes and a reason", async ({ page }) => {
  const problems = watchConsole(page);
  await openAsOperator(page, "/monitor/portals");
  await page.locator("tbody a").first().click();
  await page.getByRole("button", { name: "Удалить данные портала" }).click();

  await expect(dialog(page)).toContainText("Удалить всё, что хранится об этом портале?");
  expect(await dialog(page).locator(".dialog-effects li").count()).toBeGreaterThan(1);
  await dialog(page).locator("[data-yes]").click();
  // The browser itself asks for the reason that is missing.
  await expect(dialog(page).locator("textarea:invalid")).toBeFocused();
  await page.keyboard.press("Escape");

  await expect(dialog(page)).toBeHidden();
  await expect(page.getByRole("button", { name: "Починить" })).toBeVisible();
  expect(problems).toEqual([]);
});

test("a portal is repaired, and each step is told", async ({ page }) => {
  await openAsOperator(page, "/monitor/portals");
  await page.locator("tbody a").first().click();
  const repair: Locator = page.getByRole("button", { name: "Починить" });
  await repair.click();
  const yes = dialog(page).locator("[data-yes]");
  if (await yes.isVisible({ timeout: 5_000 }).catch(() => false)) await yes.click();

  await expect(page.locator("#monitor-status")).not.toBeEmpty({ timeout: 30_000 });
  await expect(page.locator("#monitor-status")).toHaveAttribute("data-tone", "plain");
});

test("a change of settings is kept with who made it, and can be taken back", async ({ page }) => {
  const problems = watchConsole(page);
  const frame = await openAsAdministrator(page);
  await goTo(frame, "Настройки");
  const form = frame.locator('form[data-form="settings_language"]');
  await form.locator("select").selectOption("en");
  await form.getByRole("button").click();
  await frame.locator("#monitor-dialog [data-yes]").click();
  const history = frame.locator("[data-row]", { hasText: "Язык уведомлений" });
  await expect(frame.locator("#monitor-status")).not.toBeEmpty();
  await expect(form.locator("select")).toHaveValue("en");

  await history.first().getByRole("button", { name: /Вернуть, как было/ }).click();
  await frame.locator("#monitor-dialog [data-yes]").click();
  await expect(form.locator("select")).not.toHaveValue("en");
  expect(problems).toEqual([]);
});
