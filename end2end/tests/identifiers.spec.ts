// A card's identifiers: labelled, removed, restored, shared by colleagues.
import { expect, test } from "@playwright/test";
import { openCard, watchConsole } from "./card";
import { documents, largest, ownCard, ownLead } from "./stack";

test("a removed identifier is gone for colleagues as well, until the removal is undone", async ({ page, context }) => {
  const problems = watchConsole(page);
  const { deal, identifiers } = ownCard(8);
  const value = identifiers[0];
  const frame = await openCard(page, deal, { kind: "deal" });
  const chip = frame.locator(`.chip[data-value="${value}"]`);

  await frame.locator(".chip-holder", { has: chip }).locator("summary").click();
  await frame.getByRole("button", { name: "Убрать из списка" }).click();
  await expect(chip).toHaveCount(0);
  await expect(frame.getByText(`${value} убран из списка.`)).toBeVisible();

  const colleague = await context.newPage();
  const other = await openCard(colleague, deal, { kind: "deal" });
  await expect(other.locator(`.chip[data-value="${value}"]`)).toHaveCount(0);
  await colleague.close();

  await frame.getByRole("button", { name: "Вернуть как было" }).click();
  await expect(chip).toBeVisible();
  expect(problems).toEqual([]);
});

test("a label takes the place of the number and is kept", async ({ page }) => {
  const { deal, identifiers } = ownCard(7);
  const frame = await openCard(page, deal, { kind: "deal" });
  const chip = frame.locator(`.chip[data-value="${identifiers[0]}"]`);
  const menu = frame.locator(".chip-holder", { has: chip });

  await menu.locator("summary").click();
  await menu.getByRole("textbox").fill("Завод в Туле");
  const saved = page.waitForResponse((response) => response.url().includes("/fn/identifiers"));
  await menu.getByRole("textbox").press("Enter");

  await expect(chip).toContainText("Завод в Туле");
  await saved;
  const again = await openCard(page, deal, { kind: "deal" });
  await expect(again.locator(`.chip[data-value="${identifiers[0]}"]`)).toContainText("Завод в Туле");
});

test("a related company is shown with its reason and added to the search", async ({ page }) => {
  const { deal } = ownCard(6);
  const frame = await openCard(page, deal, { kind: "deal" });

  await frame.getByRole("link", { name: "Связанные компании" }).click();

  const section = frame.locator(".related");
  await expect(section).toContainText("Это подсказка по документам");
  await page.locator("iframe").screenshot({ path: "test-results/screenshots/related.png" });
  const add = section.locator("[data-action=add]").first();
  const value = JSON.parse((await add.getAttribute("data-change"))!)[0].add.value;
  await add.click();
  await expect(frame.locator(`.chip[data-value="${value}"]`)).toHaveAttribute("aria-pressed", "true");
});

test("a document's number finds its applicant", async ({ page }) => {
  const { deal, identifiers } = ownCard(5);
  const document = documents.find((one) => one.applicant.inn && !identifiers.includes(one.applicant.inn) && one.registry.startsWith("rf"))!;
  const frame = await openCard(page, deal, { kind: "deal" });

  await frame.locator("#add-identifier").fill(document.number);
  await frame.locator("#add-identifier").press("Enter");
  await frame.getByRole("button", { name: "Добавить заявителя" }).first().click();

  await expect(frame.locator(`.chip[data-value="${document.applicant.inn}"]`)).toHaveAttribute("aria-pressed", "true");
});

test("what is typed is read while it is typed: its kind, both kinds of an ambiguous number, the digit that fails", async ({ page }) => {
  const frame = await openCard(page, largest.id);
  const [field, check] = [frame.locator("#add-identifier"), frame.locator("#add-check")];

  for (const [typed, said] of [
    ["7707083893", "7707083893 — ИНН"],
    ["1027700132195", "1027700132195 — ОГРН"],
    ["770115393778", "770115393778 — ИНН или ИИН"],
    ["7707083894", "контрольная цифра на 10-м месте должна быть 3, а стоит 4"],
    ["12", "2 знак"],
  ]) {
    await field.fill(typed);
    await expect(check).toContainText(said);
  }
  await field.fill("");
  await expect(check).toBeEmpty();
});

test("a pasted list is read line by line and added at once, and a colleague's open page shows it", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { lead: id } = ownLead(0);
  const colleague = await context.newPage();
  const other = await openCard(colleague, id, { kind: "lead" });
  const frame = await openCard(page, id, { kind: "lead" });
  const pasted = ["7707083893", "1027700132195"];

  await page.bringToFront();
  await page.evaluate((text) => navigator.clipboard.writeText(text), pasted.join("\n"));
  await frame.locator("#add-identifier").focus();
  await page.keyboard.press("Control+V");
  await expect(frame.locator("#add-check li")).toHaveText(["7707083893 — ИНН", "1027700132195 — ОГРН"]);
  await frame.getByRole("button", { name: "Добавить", exact: true }).click();

  for (const value of pasted) await expect(frame.locator(`.chip[data-value="${value}"]`)).toHaveAttribute("aria-pressed", "true");
  await expect(frame.getByText("Добавлено номеров: 2.")).toBeVisible();
  // The colleague's page asks every twenty seconds.
  await expect(other.locator(`.chip[data-value="${pasted[0]}"]`)).toBeVisible({ timeout: 45_000 });
  const [day, month, year] = new Intl.DateTimeFormat("ru-RU", { timeZone: "UTC" }).format(new Date()).split(".");
  await expect(other.locator(`.chip[data-value="${pasted[0]}"]`)).toHaveAttribute(
    "title",
    new RegExp(`вставлен списком · добавил\\(а\\) .+, ${day}\\.${month}\\.${year}`),
  );
});
