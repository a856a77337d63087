// What a manager does in the tab: switch identifiers, add one, choose a role; with the keyboard as well.
import { expect, test } from "@playwright/test";
import { lead, numberOf, openCard, settled, watchConsole } from "./card";
import { companies, count, identifiersOf, ownCard } from "./stack";

const [first] = companies.filter((company) => count(identifiersOf(company)).documents > 0);

test("an added identifier takes part in the search", async ({ page }) => {
  const problems = watchConsole(page);
  const own = ownCard(0);
  const frame = await openCard(page, own.deal, { kind: "deal" });
  const added = identifiersOf(companies.find((company) => company.id !== own.company.id && count(identifiersOf(company)).documents > 0)!)[0];
  const expected = count([...own.identifiers, added]);

  await frame.locator("#add-identifier").fill(added);
  await frame.locator("#add-identifier").press("Enter");

  await expect(frame.locator(".chip", { hasText: added })).toHaveAttribute("aria-pressed", "true");
  await expect(lead(frame)).toHaveAttribute("data-documents", String(expected.documents));
  expect(problems).toEqual([]);
});

test("a wrong check digit is named and searched all the same", async ({ page }) => {
  const frame = await openCard(page, ownCard(1).deal, { kind: "deal" });

  await frame.locator("#add-identifier").fill("7707083894");
  await frame.getByRole("button", { name: "Добавить" }).click();

  await expect(frame.locator('[data-identifier="7707083894"]')).toContainText("контрольная цифра на 10-м месте должна быть 3, а стоит 4");
  await expect(frame.locator(".chip", { hasText: "7707083894" })).toHaveAttribute("aria-pressed", "true");
});

test("a text that is no identifier is explained and changes nothing", async ({ page }) => {
  const frame = await openCard(page, first.id);
  const before = await numberOf(lead(frame), "data-documents");

  await frame.locator("#add-identifier").fill("123");
  await frame.locator("#add-identifier").press("Enter");

  await expect(frame.locator("#add-check")).toContainText("3 знак");
  expect(await numberOf(lead(frame), "data-documents")).toBe(before);
});

test("identifiers switch off and on by keyboard", async ({ page }) => {
  const { deal, identifiers } = ownCard(2);
  const frame = await openCard(page, deal, { kind: "deal" });

  for (const identifier of identifiers) {
    await frame.locator(".chip", { hasText: identifier }).focus();
    await page.keyboard.press("Space");
  }
  await expect(frame.getByRole("heading", { name: "Выберите хотя бы один идентификатор" })).toBeVisible();

  await frame.locator(".chip", { hasText: identifiers[0] }).focus();
  await page.keyboard.press("Space");
  const expected = count([identifiers[0]]);
  await expect(lead(frame)).toHaveAttribute("data-documents", String(expected.documents));
});

test("the role narrows the search", async ({ page }) => {
  const frame = await openCard(page, first.id);
  const all = await numberOf(lead(frame), "data-documents");
  const role = frame.getByRole("link", { name: "Изготовитель", exact: true });

  await role.click();

  await expect(role).toHaveAttribute("aria-current", "true");
  await settled(frame);
  const shown = frame.locator(".lead, .empty");
  await expect(shown.first()).toBeVisible();
  if (await lead(frame).isVisible()) expect(await numberOf(lead(frame), "data-documents")).toBeLessThanOrEqual(all);
});

test("the frame grows with its content", async ({ page }) => {
  const frame = await openCard(page, first.id);
  const content = await frame.locator("#certlens").evaluate((root) => root.getBoundingClientRect().height);

  await expect
    .poll(async () => page.locator("iframe").evaluate((element) => element.getBoundingClientRect().height))
    .toBeGreaterThanOrEqual(Math.floor(content));
});

test("a lost connection is said, and the retry finds what was asked", async ({ page }) => {
  const frame = await openCard(page, first.id);
  const expected = count(identifiersOf(first));
  await page.route("**/fn/board*", (route) => route.abort());
  await frame.getByRole("link", { name: "Заявитель", exact: true }).click();
  await expect(frame.getByRole("heading", { name: "Нет связи с сервером" })).toBeVisible();

  await page.unroute("**/fn/board*");
  await frame.getByRole("button", { name: "Повторить" }).click();

  await expect(lead(frame)).toBeVisible();
  await frame.getByRole("link", { name: "Любая" }).click();
  await expect(lead(frame)).toHaveAttribute("data-documents", String(expected.documents));
});

test("a session that is not believed any more asks to reload the card", async ({ page }) => {
  const frame = await openCard(page, first.id);
  await frame.locator('meta[name="certlens-session"]').evaluate((meta) => meta.setAttribute("content", "changed.token"));

  await frame.getByRole("link", { name: "Заявитель", exact: true }).click();

  await expect(frame.getByRole("heading", { name: "Обновите карточку" })).toBeVisible();
});
