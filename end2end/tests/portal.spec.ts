// The application within the portal: leads and deals, its own page, the installer, sessions that outlive their time.
import AxeBuilder from "@axe-core/playwright";
import { expect, type FrameLocator, test } from "@playwright/test";
import { openCard, openSettings, watchConsole } from "./card";
import { companies, count, deals, identifiersOf, leads, portal } from "./stack";

const applicationPage = (language: "ru" | "en", user = 1) => `${portal}/marketplace/app/certlens/?lang=${language}&user=${user}`;

test("a lead with a number in its own field is searched by it", async ({ page }) => {
  const lead = leads.find((lead) => lead.UF_CRM_INN)!;
  const frame = await openCard(page, lead.id, { kind: "lead" });

  await expect(frame.locator(".chip", { hasText: lead.UF_CRM_INN })).toHaveAttribute("title", /ИНН контрагента/);
  const expected = count([lead.UF_CRM_INN!]);
  await expect(frame.locator(".lead")).toHaveAttribute("data-documents", String(expected.documents));
});

test("a deal with two companies shows the numbers of both", async ({ page }) => {
  const deal = deals.find((deal) => deal.UF_CRM_PARTNERS)!;
  const linked = [deal.company_id, ...deal.UF_CRM_PARTNERS!.map((code) => Number(code.slice(3)))];
  const identifiers = companies.filter((company) => linked.includes(company.id)).flatMap(identifiersOf);
  const frame = await openCard(page, deal.id, { kind: "deal" });

  await expect(frame.locator(".chip")).toHaveCount(new Set(identifiers).size);
  await expect(frame.locator(".lead")).toHaveAttribute("data-documents", String(count(identifiers).documents));
});

test("a lead that says nothing asks for a number, searches by it and keeps it", async ({ page }) => {
  const problems = watchConsole(page);
  const lead = leads.find((lead) => !lead.company_id && !lead.UF_CRM_INN)!;
  const number = identifiersOf(companies[1])[0];
  const frame = await openCard(page, lead.id, { kind: "lead" });
  const form = frame.locator(".lead-entry");

  await form.getByRole("textbox").fill("12");
  await form.getByRole("button", { name: "Проверить" }).click();
  await expect(form.getByRole("alert")).toContainText("2 знак");

  await page.locator("iframe").screenshot({ path: "test-results/screenshots/lead-entry.png" });
  await form.getByRole("textbox").fill(number);
  await form.getByRole("textbox").press("Enter");

  await expect(frame.locator(".lead")).toHaveAttribute("data-documents", String(count([number]).documents));
  await expect(frame.locator(".notice")).toContainText("записан в поле лида «ИНН контрагента»");
  const again = await openCard(page, lead.id, { kind: "lead" });
  await expect(again.locator(".chip", { hasText: number })).toHaveAttribute("aria-pressed", "true");
  expect(problems).toEqual([]);
});

test.describe("settings", () => {
  // The portal has one set of them: these tests take turns.
  test.describe.configure({ mode: "default" });

  for (const [language, scheme] of [
    ["ru", "light"],
    ["en", "dark"],
  ] as const) {
    test(`an administrator sees how the application works and changes its settings: ${language}`, async ({ page }) => {
      const problems = watchConsole(page);
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width: 1280, height: 1200 });
      const frame = await openSettings(page, language);

      await expect(frame.locator("[data-standing]")).toHaveAttribute("data-standing", "active");
      await expect(frame.locator('[data-cards="companies"]')).toHaveAttribute("data-count", String(companies.length), { timeout: 45_000 });
      const field = frame.locator('input[data-field="UF_CRM_SOURCE_DETAIL"]');
      await field.setChecked(!(await field.isChecked()));
      await frame.locator('.settings button[type="submit"]').click();
      await expect(frame.locator(".settings").getByRole("status")).toContainText(language === "ru" ? "Сохранено" : "Saved");
      await field.setChecked(!(await field.isChecked()));
      await frame.locator('.settings button[type="submit"]').click();
      await expect(frame.locator(".settings").getByRole("status")).toContainText(language === "ru" ? "Сохранено" : "Saved");

      await page.locator("iframe").screenshot({ path: `test-results/screenshots/overview-${language}-${scheme}.png` });
      const audit = await new AxeBuilder({ page }).include("iframe").analyze();
      expect(audit.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target).join(", ")}`)).toEqual([]);
      expect(problems).toEqual([]);
    });
  }

  test("an administrator chooses the field in which identifiers are repeated, and takes it away", async ({ page }) => {
    const problems = watchConsole(page);
    const open = () => openSettings(page);
    const save = async (frame: FrameLocator) => {
      await frame.locator('.settings button[type="submit"]').click();
      await expect(frame.locator(".settings").getByRole("status")).toContainText("Сохранено");
    };
    let frame = await open();
    const mirror = () => frame.locator('select[data-mirror="lead"]');
    const read = () => frame.locator('.settings__kinds input[data-field="UF_CRM_SOURCE_DETAIL"]');
    await read().setChecked(false);

    await mirror().selectOption("UF_CRM_SOURCE_DETAIL");
    await save(frame);
    frame = await open();
    await expect(mirror()).toHaveValue("UF_CRM_SOURCE_DETAIL");
    await expect(mirror().locator('option[value="UF_CRM_INN"]')).toBeDisabled();

    // What is read is not written: the choice is taken back at once.
    await read().setChecked(true);
    await expect(mirror()).toHaveValue("");
    await read().setChecked(false);
    await save(frame);
    frame = await open();
    await expect(mirror()).toHaveValue("");
    expect(problems).toEqual([]);
  });
});

test("a manager sees the application's page without settings", async ({ page }) => {
  await page.goto(applicationPage("ru", 7));
  const frame = page.frameLocator("iframe");

  await expect(frame.getByText("Настройки доступны администраторам портала")).toBeVisible();
  await expect(frame.locator("form")).toHaveCount(0);
});

test("a page that was left open renews its session by the portal's proof", async ({ page }) => {
  const problems = watchConsole(page);
  await page.clock.install();
  const frame = await openCard(page, companies[0].id);
  const renewed = page.waitForResponse((response) => response.url().includes("/fn/session"));

  await page.clock.fastForward("14:30");
  await frame.getByRole("link", { name: "Изготовитель", exact: true }).click();

  const response = await renewed;
  expect(response.status()).toBe(200);
  await expect(frame.locator('meta[name="certlens-session"]')).toHaveAttribute("content", await response.json());
  await expect(frame.locator("#board")).toHaveAttribute("aria-busy", "false");
  expect(problems).toEqual([]);
});
