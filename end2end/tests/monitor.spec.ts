// The monitor's frame: who gets in, how screens are reached, what is done is asked about and written down.
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { watchConsole } from "./card";
import { goTo, openAsAdministrator, openAsOperator } from "./monitor";
import { app, operatorToken, portal } from "./stack";

test("an operator signs on with his token, and a wrong one opens nothing", async ({ page }) => {
  await page.goto(`${app}/monitor/audit?LANG=ru`);
  await page.locator('input[name="name"]').fill("Анна");
  await page.locator('input[name="token"]').fill("wrong");
  await page.locator("form button").click();
  await expect(page.getByText("Токен не подошёл")).toBeVisible();

  await page.locator('input[name="name"]').fill("Анна");
  await page.locator('input[name="token"]').fill(operatorToken);
  await page.locator("form button").click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page).toHaveURL(/\/monitor\/audit/);

  await page.getByRole("button", { name: /Выйти|Sign out/ }).click();
  await expect(page.locator('input[name="token"]')).toBeVisible();
});

test("screens change without leaving the page, and the browser's way back leads through them", async ({ page }) => {
  const problems = watchConsole(page);
  await openAsOperator(page, "/monitor/audit");
  await page.evaluate(() => Object.assign(window, { stayed: true }));

  await goTo(page, "Очередь");
  await goTo(page, "Подписки");
  await page.goBack();

  await expect(page.getByRole("heading", { level: 1, name: "Очередь" })).toBeVisible();
  await expect(page).toHaveURL(/\/monitor\/queue/);
  expect(await page.evaluate(() => "stayed" in window)).toBe(true);
  await expect(page.locator(".monitor-live")).toHaveAttribute("data-state", "data-live");
  expect(problems).toEqual([]);
});

test("an administrator finds the monitor of his portal on the application's page, a manager does not", async ({ page, request }) => {
  const frame = await openAsAdministrator(page);
  await expect(frame.getByRole("navigation").getByRole("link", { name: "Подписки" })).toBeVisible();
  await expect(frame.getByRole("navigation").getByRole("link", { name: "Порталы" })).toHaveCount(0);

  await page.goto(`${portal}/marketplace/app/certlens/?lang=ru&user=7`);
  const managers = page.frameLocator("iframe");
  await expect(managers.getByText("Настройки доступны администраторам портала")).toBeVisible();
  await expect(managers.getByRole("navigation")).toHaveCount(0);
  const session = await managers.locator('meta[name="certlens-session"]').getAttribute("content");
  const answer = await request.get(`${app}/api/v1/monitor/audit`, { headers: { authorization: `Bearer ${session}` } });
  expect(answer.status()).toBe(403);
});

test("what is done stands in the audit log, which can be filtered and had as a file", async ({ page, request }) => {
  const problems = watchConsole(page);
  const order = { recount: { everything: {} } };
  const done = await request.post(`${app}/api/v1/actions?reason=spring`, {
    headers: { authorization: `Bearer ${operatorToken}` },
    data: order,
  });
  expect(done.status()).toBe(200);

  await openAsOperator(page, "/monitor/audit");
  const row = page.locator("[data-row]", { hasText: "spring" }).first();
  await expect(row).toContainText("recount.everything");
  await expect(row).toContainText("API");
  await page.locator('input[name="action"]').fill("nothing.like.this");
  await page.getByRole("button", { name: "Показать", exact: true }).click();
  await expect(page.locator(".table-empty")).toBeVisible();
  await page.getByRole("link", { name: "Сбросить" }).click();
  await expect(row).toBeVisible();

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Скачать CSV" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^certlens-audit-audit-.*\.csv$/);
  expect(problems).toEqual([]);
});

for (const [language, scheme, width] of [
  ["ru", "light", 1280],
  ["en", "dark", 400],
] as const) {
  test(`every screen is readable and accessible: ${language}, ${scheme}, ${width}`, async ({ page }) => {
    test.setTimeout(180_000);
    const problems = watchConsole(page);
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    await openAsOperator(page, "/monitor", language);
    const links = page.locator(".monitor-nav a");
    for (let index = 0; index < (await links.count()); index += 1) {
      const link = links.nth(index);
      const address = (await link.getAttribute("href")) ?? "";
      await link.click();
      await expect(page.locator(`.monitor-nav a[href="${address}"]`)).toHaveAttribute("aria-current", "page");
      await expect(page.locator("#screen")).toHaveAttribute("aria-busy", "false");
      const name = address.split("/").pop()?.split("?")[0];
      await page.screenshot({ path: `test-results/screenshots/monitor-${name}-${language}-${scheme}.png`, fullPage: true });
      const audit = await new AxeBuilder({ page }).analyze();
      expect(audit.violations.map((violation) => `${name}: ${violation.id}: ${violation.nodes.map((node) => node.target).join(", ")}`)).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, `${name} is wider than the page`).toBeLessThanOrEqual(0);
    }
    expect(problems).toEqual([]);
  });
}
