// The card as a person reaches it: through the portal's page, in the portal's frame.
import AxeBuilder from "@axe-core/playwright";
import { expect, type FrameLocator, type Locator, type Page } from "@playwright/test";
import { portal } from "./stack";

/** Fails the test on any error that the browser's console reports. */
export function watchConsole(page: Page): string[] {
  const problems: string[] = [];
  page.on("console", (message) => {
    // The simulator's bare form has no picture for its tab.
    if (message.location().url.endsWith("/favicon.ico")) return;
    if (message.type() === "error" || message.type() === "warning") problems.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`exception: ${error.message}`));
  return problems;
}

/** Opens the tab of our application in a card and waits until the page in it is interactive. */
export async function openCard(
  page: Page,
  id: number,
  options: { kind?: "company" | "lead" | "deal"; language?: "ru" | "en" } = {},
): Promise<FrameLocator> {
  const { kind = "company", language = "ru" } = options;
  await page.goto(`${portal}/crm/${kind}/details/${id}/?tab=app&lang=${language}`);
  const frame = page.frameLocator("iframe");
  await expect(frame.locator("html[data-hydrated]")).toBeAttached();
  return frame;
}

/** Opens the settings in the monitor, which an administrator finds on the application's own page. */
export async function openSettings(page: Page, language: "ru" | "en" = "ru"): Promise<FrameLocator> {
  await page.goto(`${portal}/marketplace/app/certlens/?lang=${language}&user=1`);
  const frame = page.frameLocator("iframe");
  await expect(frame.locator("html[data-hydrated]")).toBeAttached();
  await frame.getByRole("navigation").getByRole("link", { name: language === "ru" ? "Настройки" : "Settings", exact: true }).click();
  await expect(frame.locator(".overview-header")).toBeVisible();
  return frame;
}

/** Opens the page of a card alone, as a document of its own: no portal around it, no library of Bitrix24. */
export async function openAlone(
  page: Page,
  id: number,
  options: { kind?: "company" | "lead" | "deal"; language?: "ru" | "en" } = {},
): Promise<void> {
  const { kind = "company", language = "ru" } = options;
  await page.goto(`${portal}/__sim/open-frame?entity=${kind}&id=${id}&lang=${language}`);
  await page.getByRole("button").click();
  await expect(page.locator("html[data-hydrated]")).toBeAttached();
}

/** Waits until the board shows what the address asks for. */
export async function settled(frame: FrameLocator | Page): Promise<void> {
  await expect(frame.locator("#board")).toHaveAttribute("aria-busy", "false");
}

/** Fails when the accessibility audit finds anything in what is shown now. */
export async function expectAccessible(page: Page, within = "iframe"): Promise<void> {
  const audit = await new AxeBuilder({ page }).include(within).analyze();
  const findings = audit.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target).join(", ")}`);
  expect(findings).toEqual([]);
}

/** The line of a facet that stands for a condition: `status:active`. */
export function mark(frame: FrameLocator | Page, key: string): Locator {
  return frame.locator(`.facet [data-key="${key}"]`);
}

/** The documents that fit, as the page tells programs. */
export function lead(frame: FrameLocator | Page): Locator {
  return frame.locator(".lead");
}

/** The number that an element shows to programs: separators of thousands differ by language. */
export async function numberOf(element: Locator, attribute = "data-count"): Promise<number> {
  return Number(await element.getAttribute(attribute));
}

/** The attribute values of all matching elements as a map from name to number. */
export async function mapOf(elements: Locator, name: string, number = "data-count"): Promise<Map<string, number>> {
  const entries = await elements.evaluateAll(
    (all, [name, number]) => all.map((one) => [one.getAttribute(name) ?? "", Number(one.getAttribute(number))] as const),
    [name, number] as const,
  );
  return new Map(entries);
}
