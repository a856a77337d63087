// Work, subscriptions and people steered in the monitor: each thing that takes something away asks first.
import { expect, type APIRequestContext, type Page, test } from "@playwright/test";
import { watchConsole } from "./card";
import { openAsAdministrator, openAsOperator, goTo } from "./monitor";
import { app, operatorToken } from "./stack";

const headers = { authorization: `Bearer ${operatorToken}` };
const dialog = (page: Page) => page.locator("#monitor-dialog");

/** The portal's name for programs. */
async function memberId(request: APIRequestContext): Promise<string> {
  const screen = await (await request.get(`${app}/api/v1/monitor/queue`, { headers })).json();
  const filters = screen.parts.find((part: Record<string, unknown>) => "filters" in part).filters;
  const choice = filters.fields.find((field: { name: string }) => field.name === "portal");
  return choice.input.choice.options[1][0];
}

/** Somebody's subscription in the card of company 101. */
async function subscribe(request: APIRequestContext, identifier: string): Promise<void> {
  const made = await request.post(`${app}/api/v1/subscriptions`, {
    headers,
    data: {
      member_id: await memberId(request),
      entity: { type: "company", id: 101 },
      user_id: 7,
      identifiers: [identifier],
      news: ["new_document"],
    },
  });
  expect(made.status()).toBe(201);
}

test("chosen subscriptions are archived after a question that tells the effect, and come back", async ({ page, request }) => {
  const problems = watchConsole(page);
  const identifier = "7728168971";
  await subscribe(request, identifier);
  await subscribe(request, identifier);
  await openAsOperator(page, `/monitor/subscriptions?identifier=${identifier}&state=active`);
  const rows = page.locator("[data-row]");
  const before = await rows.count();
  expect(before).toBeGreaterThanOrEqual(2);

  await page.locator("input[data-choose-page]").check();
  await page.getByRole("button", { name: "Выбранные в архив" }).click();
  await expect(dialog(page)).toContainText("Отправить подписки в архив");
  await expect(dialog(page)).toContainText("(#7)");
  await page.getByRole("button", { name: "Оставить как есть" }).click();
  await expect(rows).toHaveCount(before);

  await page.locator("input[data-choose-page]").check();
  await page.getByRole("button", { name: "Выбранные в архив" }).click();
  await dialog(page).locator("[data-yes]").click();
  await expect(rows).toHaveCount(0);

  await openAsOperator(page, `/monitor/subscriptions?identifier=${identifier}&state=archived`);
  const first = rows.first();
  await expect(first).toContainText("администратор");
  await first.getByRole("button", { name: /Вернуть/ }).click();
  await dialog(page).locator("[data-yes]").click();
  await expect(rows).toHaveCount(before - 1);
  expect(problems).toEqual([]);
});

test("a kind of work is paused with a reason, shown with it, and resumed", async ({ page }) => {
  const problems = watchConsole(page);
  await openAsOperator(page, "/monitor/queue");
  const form = page.locator('form[data-form="queue_pause"]');
  await form.locator('select[name="kind"]').selectOption("crawl");
  await form.getByRole("button").click();
  await expect(dialog(page)).toContainText("Остановить на всех порталах: чтение всей CRM?");
  await dialog(page).locator("textarea").fill("весенние работы");
  await dialog(page).locator("[data-yes]").click();

  const pause = page.locator("[data-row]", { hasText: "весенние работы" });
  await expect(pause).toContainText("чтение всей CRM");
  await pause.getByRole("button", { name: /Возобновить/ }).click();
  await dialog(page).locator("[data-yes]").click();
  await expect(pause).toHaveCount(0);
  expect(problems).toEqual([]);
});

test("an administrator notes an absence, and assignments can be seen over a month", async ({ page }) => {
  const frame = await openAsAdministrator(page);
  await goTo(frame, "Сотрудники");
  await frame.getByRole("link", { name: /\(#7\)/ }).click();
  const form = frame.locator('form[data-form="absence"]');
  await form.locator('input[name="until"]').fill("2099-01-15");
  await form.getByRole("button").click();
  const away = frame.locator("#screen .state", { hasText: "отсутствует" });
  await expect(away.first()).toBeVisible();

  await form.locator('input[name="until"]').fill("");
  await form.getByRole("button").click();
  await expect(away).toHaveCount(0);

  await goTo(frame, "Назначения");
  await frame.getByRole("link", { name: "30 дней" }).click();
  await expect(frame.getByRole("heading", { name: "По правилам" })).toBeVisible();
});
