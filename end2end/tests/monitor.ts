// The monitor as an operator and as an administrator reach it.
import { expect, type FrameLocator, type Page } from "@playwright/test";
import { app, operatorToken, portal } from "./stack";

/** Signs on as the operator and opens a screen. */
export async function openAsOperator(page: Page, path = "/monitor", language: "ru" | "en" = "ru"): Promise<void> {
  const joint = path.includes("?") ? "&" : "?";
  await page.goto(`${app}${path}${joint}LANG=${language}`);
  const token = page.locator('input[name="token"]');
  if (await token.isVisible()) {
    await page.locator('input[name="name"]').fill("Анна Оператор");
    await token.fill(operatorToken);
    await page.locator("form button").click();
  }
  await expect(page.locator("html[data-hydrated]")).toBeAttached();
}

/** Opens the application's own page as an administrator: the monitor of his portal. */
export async function openAsAdministrator(page: Page, language: "ru" | "en" = "ru"): Promise<FrameLocator> {
  await page.goto(`${portal}/marketplace/app/certlens/?lang=${language}&user=1`);
  const frame = page.frameLocator("iframe");
  await expect(frame.locator("html[data-hydrated]")).toBeAttached();
  return frame;
}

/** Goes to a screen by the navigation. */
export async function goTo(within: Page | FrameLocator, name: string): Promise<void> {
  await within.getByRole("navigation").getByRole("link", { name, exact: true }).click();
  await expect(within.getByRole("heading", { level: 1, name, exact: true })).toBeVisible();
}
