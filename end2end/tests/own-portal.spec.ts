// What takes something away for good, done to the end on a portal of the test's own: keys, somebody's subscriptions, work
// that is given up, and at last the portal's data.
import { expect, type APIRequestContext, type Page, test } from "@playwright/test";
import { watchConsole } from "./card";
import { goTo, openAsOperator } from "./monitor";
import { app, operatorToken, portal } from "./stack";

const headers = { authorization: `Bearer ${operatorToken}` };
const dialog = (page: Page) => page.locator("#monitor-dialog");
const host = "zz-steered.localhost";

/** Asks the simulator's control interface, whose host Node need not resolve. */
async function control(path: string, parameters: Record<string, string> = {}): Promise<any> {
  const address = new URL(`http://127.0.0.1:${new URL(portal).port}/__sim/${path}`);
  const response = await fetch(address, { method: "POST", body: new URLSearchParams(parameters) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

/** What programs read of a screen. */
async function screen(request: APIRequestContext, path: string): Promise<string> {
  return await (await request.get(`${app}/api/v1/monitor/${path}`, { headers })).text();
}

/** Says yes to the question, with a reason where one is wanted. */
async function agree(page: Page, reason?: string): Promise<void> {
  if (reason) await dialog(page).locator("textarea").fill(reason);
  await dialog(page).locator("[data-yes]").click();
  await expect(dialog(page)).toBeHidden();
}

test.describe.configure({ mode: "serial" });

let memberId = "";

test.beforeAll(async ({ request }) => {
  const made = await control("portals", { host, name: "Steered", companies: "40", random: "7" });
  memberId = made.member_id;
  await control("install", { portal: host });
  const order = { people: { read_list: { member_id: memberId } } };
  expect((await request.post(`${app}/api/v1/actions`, { headers, data: order })).status()).toBe(200);
  await expect.poll(async () => await screen(request, `people?portal=${memberId}&state=active`)).toContain("(#7)");
});

test("keys of a local application are stored, shown to nobody, and removed after a question", async ({ page }) => {
  const problems = watchConsole(page);
  await openAsOperator(page, `/monitor/portals/${memberId}`);
  const form = page.locator('form[data-form="portal_keys"]');
  await form.locator('input[name="client_id"]').fill("local.66aa00bb11cc22.01234567");
  await form.locator('input[name="client_secret"]').fill("a-secret-that-nobody-reads-again-0123456789");
  await form.getByRole("button").click();
  const keys = page.locator("[data-row]", { hasText: "local.66aa00bb11cc22.01234567" });
  await expect(keys).toBeVisible();
  expect(await page.content()).not.toContain("a-secret-that-nobody-reads-again");

  await keys.getByRole("button", { name: /Удалить ключи/ }).click();
  await expect(dialog(page)).toContainText("Удалить ключи этого приложения?");
  await page.getByRole("button", { name: "Оставить как есть" }).click();
  await expect(keys).toBeVisible();

  await keys.getByRole("button", { name: /Удалить ключи/ }).click();
  await agree(page);
  await expect(keys).toHaveCount(0);
  await expect(page.locator("#monitor-status")).toContainText("Ключи удалены");
  expect(problems).toEqual([]);
});

test("somebody's subscriptions move to a colleague, with their number told before", async ({ page, request }) => {
  const problems = watchConsole(page);
  for (const id of [101, 102]) {
    const made = await request.post(`${app}/api/v1/subscriptions`, {
      headers,
      data: { member_id: memberId, entity: { type: "company", id }, user_id: 7, identifiers: ["7728168971"], news: ["new_document"] },
    });
    expect(made.status()).toBe(201);
  }
  await openAsOperator(page, `/monitor/subscriptions?portal=${memberId}`);
  const rows = page.locator("[data-row]");
  await expect(rows).toHaveCount(2);
  const form = page.locator('form[data-form="move_subscriptions"]');
  await form.locator('select[name="from"]').selectOption("7");
  await form.locator('select[name="to"]').selectOption("1");
  await form.getByRole("button").click();
  await expect(dialog(page)).toContainText("2");
  await agree(page);

  await expect(rows.filter({ hasText: "(#1)" })).toHaveCount(2);
  await openAsOperator(page, `/monitor/people/7?portal=${memberId}`);
  await expect(page.locator('form[data-form="move_subscriptions"]')).toHaveCount(0);
  expect(problems).toEqual([]);
});

test("work that fails again and again is found with the portal's words and discarded with a reason", async ({ page }) => {
  const problems = watchConsole(page);
  await control("faults", { portal: host, set: "access_denied_plan" });
  await control("event", { portal: host, event: "ONCRMCOMPANYUPDATE", "data[FIELDS][ID]": "101" });
  await openAsOperator(page, `/monitor/queue?portal=${memberId}&kind=events`);
  const work = page.locator("[data-row]", { hasText: "ONCRMCOMPANYUPDATE" });
  // The screen hears of it by itself.
  await expect(work.first()).toBeVisible({ timeout: 30_000 });
  await expect(work.first()).toContainText(/тариф|REST/);

  await work.first().getByRole("button", { name: /Отказаться/ }).click();
  await expect(dialog(page)).toBeVisible();
  await dialog(page).locator("[data-yes]").click();
  await expect(dialog(page).locator("textarea:invalid")).toBeFocused();
  await agree(page, "компанию удалили");
  await expect(work).toHaveCount(0);
  await control("faults", { portal: host, set: "" });

  await goTo(page, "Журнал");
  await expect(page.locator("[data-row]", { hasText: "компанию удалили" }).first()).toContainText("сделано");
  expect(problems).toEqual([]);
});

test("a portal's data are erased after a yes and a reason, and no list has it any more", async ({ page, request }) => {
  const problems = watchConsole(page);
  await openAsOperator(page, `/monitor/portals/${memberId}`);
  await page.getByRole("button", { name: "Удалить данные портала" }).click();
  await expect(dialog(page)).toContainText("Удалить всё, что хранится об этом портале?");
  await agree(page, "договор закончился");

  await openAsOperator(page, "/monitor/portals");
  await expect(page.locator("tbody")).not.toContainText(host);
  for (const name of ["portals", "subscriptions", "people", "queue", "audit"]) {
    expect(await screen(request, name), name).not.toContain(memberId);
  }
  expect(problems).toEqual([]);
});
