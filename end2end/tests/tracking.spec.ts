// Tracking: subscribed, muted and ended in the card, seen by colleagues, listed with all cards of the viewer.
import { expect, type FrameLocator, type Page, test } from "@playwright/test";
import { openCard, watchConsole } from "./card";
import { trackedCompany } from "./stack";

/** The panel, once its choices are there. */
async function opened(frame: FrameLocator) {
  await frame.locator("#track").click();
  const panel = frame.locator("#tracking-panel");
  await expect(panel.locator("form")).toBeVisible();
  return panel;
}

/** What the page's server answers to an order. */
function saved(page: Page) {
  return page.waitForResponse((response) => /\/fn\/tracking\d*$/.test(new URL(response.url()).pathname) && response.ok());
}

test("a card is tracked with all its identifiers by two clicks, and the page says so when it is opened again", async ({ page }) => {
  const problems = watchConsole(page);
  const { id, identifiers } = trackedCompany(0);
  let frame = await openCard(page, id);
  await expect(frame.locator("#track")).toHaveText("Отслеживать");

  const panel = await opened(frame);
  for (const identifier of identifiers) {
    await expect(panel.getByRole("checkbox", { name: new RegExp(identifier) })).toBeChecked();
  }
  await page.locator("iframe").screenshot({ path: "test-results/screenshots/tracking.png" });
  const answered = saved(page);
  await panel.getByRole("button", { name: "Отслеживать" }).click();
  await expect(frame.locator("#track")).toHaveText("Вы отслеживаете");
  await expect(panel.getByText("Контрагент отслеживается.")).toBeVisible();
  await answered;

  frame = await openCard(page, id);
  await expect(frame.locator("#track")).toHaveText("Вы отслеживаете");
  expect(problems).toEqual([]);
});

test("what is chosen is kept, muted, ended, and brought back by undoing", async ({ page }) => {
  const { id } = trackedCompany(1);
  let frame = await openCard(page, id);
  let panel = await opened(frame);

  await panel.getByRole("checkbox", { name: "скоро закончится срок" }).uncheck();
  await panel.getByRole("checkbox", { name: "Казахстан" }).uncheck();
  await panel.getByLabel("Где").selectOption("all_matching");
  await expect(panel.getByText("Сейчас эти номера есть на портале")).toBeVisible();
  await panel.getByLabel("В каком виде").selectOption("task");
  let answered = saved(page);
  await panel.getByRole("button", { name: "Отслеживать" }).click();
  await answered;

  answered = saved(page);
  await panel.getByRole("button", { name: "неделю" }).click();
  await answered;
  await expect(panel.getByText("уведомления выключены до")).toBeVisible();
  await panel.getByRole("button", { name: "Снова уведомлять" }).click();
  await expect(panel.getByRole("button", { name: "месяц" })).toBeVisible();

  await panel.getByRole("button", { name: "Отписаться" }).click();
  await expect(frame.locator("#track")).toHaveText("Отслеживать");
  answered = saved(page);
  await panel.getByRole("button", { name: "Вернуть как было" }).click();
  await answered;
  await expect(frame.locator("#track")).toHaveText("Вы отслеживаете");

  frame = await openCard(page, id);
  panel = await opened(frame);
  await expect(panel.getByRole("checkbox", { name: "скоро закончится срок" })).not.toBeChecked();
  await expect(panel.getByRole("checkbox", { name: "Казахстан" })).not.toBeChecked();
  await expect(panel.getByRole("checkbox", { name: "Беларусь" })).toBeChecked();
  await expect(panel.getByLabel("Где")).toHaveValue("all_matching");
  await expect(panel.getByLabel("В каком виде")).toHaveValue("task");
});

test("the keyboard opens and closes the panel, and all own subscriptions lead to their cards", async ({ page }) => {
  const { id } = trackedCompany(2);
  const frame = await openCard(page, id);
  await frame.locator("#track").focus();
  await page.keyboard.press("Enter");
  const panel = frame.locator("#tracking-panel");
  await expect(panel.locator("form")).toBeVisible();
  const answered = saved(page);
  await panel.getByRole("button", { name: "Отслеживать" }).click();
  await answered;

  await panel.getByRole("button", { name: "Мои подписки" }).click();
  const own = panel.locator(".tracking__list li", { has: frame.locator(`a[href$="/crm/company/details/${id}/"]`) });
  await expect(own).toHaveCount(1);
  await expect(own).toContainText("новостей ещё не было");
  await page.locator("iframe").screenshot({ path: "test-results/screenshots/tracking-own.png" });
  await own.getByRole("button", { name: "Отписаться" }).click();
  await expect(own).toHaveCount(0);

  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
  await expect(frame.locator("#track")).toBeFocused();
});

test("the panel fits a phone and speaks English in the dark", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 400, height: 900 });
  const { id } = trackedCompany(3);
  const frame = await openCard(page, id, { language: "en" });
  const panel = await opened(frame);

  await expect(panel.getByText("What to tell")).toBeVisible();
  const overflows = await frame.locator("html").evaluate((html) => html.scrollWidth > html.clientWidth);
  expect(overflows).toBe(false);
  await page.locator("iframe").screenshot({ path: "test-results/screenshots/tracking-phone.png" });
});
