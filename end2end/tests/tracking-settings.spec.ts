// The administrator's choices about tracking: saved one by one, kept, and put back.
import { expect, test } from "@playwright/test";
import { openSettings, watchConsole } from "./card";

// Both change the settings of the one portal.
test.describe.configure({ mode: "serial" });

test("an administrator chooses the order of rules and what becomes of the subscriptions of people who left", async ({ page }) => {
  const problems = watchConsole(page);
  const open = async () => {
    const frame = await openSettings(page);
    return frame.locator("#tracking-settings");
  };
  let panel = await open();
  const rules = () => panel.locator("[data-rule]").evaluateAll((items) => items.map((item) => item.getAttribute("data-rule")));
  const saved = () => expect(panel.locator("[data-tracking-saved]")).toHaveAttribute("data-tracking-saved", "saved");
  const before = await rules();
  const departed = await panel.locator('[data-choice="departed"]').inputValue();

  await panel.getByRole("button", { name: "Ниже: Ответственный за карточку" }).click();
  await saved();
  await panel.locator('[data-choice="departed"]').selectOption("hand_over");
  await saved();
  expect(await rules()).toEqual(["subscriber", "responsible", ...before.slice(2)]);

  panel = await open();
  expect(await rules()).toEqual(["subscriber", "responsible", ...before.slice(2)]);
  await expect(panel.locator('[data-choice="departed"]')).toHaveValue("hand_over");
  await page.locator("iframe").screenshot({ path: "test-results/screenshots/tracking-settings.png" });

  await panel.getByRole("button", { name: "Выше: Ответственный за карточку" }).click();
  await saved();
  await panel.locator('[data-choice="departed"]').selectOption(departed);
  await saved();
  panel = await open();
  expect(await rules()).toEqual(before);
  expect(problems).toEqual([]);
});

test("the last rule by which somebody can be chosen stays", async ({ page }) => {
  const frame = await openSettings(page);
  const panel = frame.locator("#tracking-settings");
  const box = (name: string) => panel.getByRole("checkbox", { name });
  const all = ["Ответственный за карточку", "Кто подписался", "Запасной сотрудник", "Руководитель отдела"];

  for (const name of all.slice(1)) {
    await box(name).click();
    await expect(box(name)).not.toBeChecked();
  }
  await box(all[0]).click();

  await expect(box(all[0])).toBeChecked();
  for (const name of all.slice(1)) {
    await box(name).click();
    await expect(box(name)).toBeChecked();
  }
  await expect(panel.locator("[data-tracking-saved]")).toHaveAttribute("data-tracking-saved", "saved");
});
