// A comparison: others come in by their numbers, by a document, by one click; the address remembers; what it says is counted.
import AxeBuilder from "@axe-core/playwright";
import { expect, test, type FrameLocator, type Page } from "@playwright/test";
import { lead, openCard, settled, watchConsole } from "./card";
import { companies, count, documents, identifiersOf } from "./stack";

const withDocuments = companies
  .map((company) => ({ ...company, identifiers: identifiersOf(company), expected: count(identifiersOf(company)) }))
  .filter((company) => company.expected.documents > 0)
  .sort((one, other) => other.expected.documents - one.expected.documents);
const apart = (one: string[], other: string[]) => !one.some((value) => other.includes(value));
const own = withDocuments[0];
const others = withDocuments.slice(1).filter((company) => apart(company.identifiers, own.identifiers)).slice(0, 4);
const screenshots = "test-results/screenshots";

async function open(page: Page, language: "ru" | "en" = "ru"): Promise<FrameLocator> {
  const frame = await openCard(page, own.id, { language });
  await frame.locator("[data-key=compare]").click();
  await expect(frame.locator(".compare")).toBeVisible();
  return frame;
}

async function add(frame: FrameLocator, text: string): Promise<void> {
  const field = frame.locator("#compare-field");
  await field.fill(text);
  await field.press("Enter");
  await settled(frame);
}

function go(frame: FrameLocator, hash: string): Promise<void> {
  return frame.locator("html").evaluate((_, hash) => {
    location.hash = hash;
  }, hash);
}

const value = (frame: FrameLocator, row: string, column: number) =>
  frame.locator(`[data-row="${row}"] td`).nth(column).locator(".compare__value").first();

test("another counterparty stands beside the card's own, both counted rightly, by keyboard alone", async ({ page }) => {
  const problems = watchConsole(page);
  const frame = await openCard(page, own.id);
  await frame.locator("[data-key=compare]").focus();
  await page.keyboard.press("Enter");

  const field = frame.locator("#compare-field");
  await expect(field).toBeFocused();
  await page.keyboard.type(others[0].identifiers.join(" "));
  await expect(frame.locator("#compare-check .check--good").first()).toContainText(others[0].identifiers[0]);
  await page.keyboard.press("Enter");

  await expect(frame.locator(".compare")).toHaveAttribute("data-columns", "2");
  await expect(value(frame, "documents", 0)).toHaveText(own.expected.documents.toLocaleString("ru-RU"));
  await expect(value(frame, "documents", 1)).toHaveText(others[0].expected.documents.toLocaleString("ru-RU"));
  await expect(frame.locator(".compare__sentence")).toContainText(/действующ/);
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("");
  expect(problems).toEqual([]);
});

test("a figure of the card's own column shows its documents and the comparison stays", async ({ page }) => {
  const frame = await open(page);
  await add(frame, others[0].identifiers.join(" "));

  await frame.locator('[data-row="ending"] a, [data-row="declarations"] a').first().click();
  await settled(frame);

  const shown = frame.locator(".compare a.compare__item[aria-current]").first();
  await expect(shown).toBeVisible();
  await expect(lead(frame)).toHaveAttribute(
    "data-documents",
    (await shown.locator(".compare__value").textContent())!.replace(/\D/g, ""),
  );
  await expect(frame.locator(".compare")).toHaveAttribute("data-columns", "2");
  await expect(frame.locator(".compare td:nth-child(3) a")).toHaveCount(0);
});

test("a typed number is checked, a document's number finds its applicant, nonsense is explained", async ({ page }) => {
  const frame = await open(page);
  const document = documents.find(
    (document) => document.applicant.inn && !own.identifiers.includes(document.applicant.inn) && document.number.length > 12,
  )!;

  await frame.locator("#compare-field").fill("7707083894");
  await expect(frame.locator("#compare-check")).toContainText("контрольн");

  await add(frame, document.number);
  const applicant = frame.locator(".compare__proposals [data-key^='compare:add:']", { hasText: "+" }).first();
  await expect(frame.getByText("Заявитель документа:")).toBeVisible();
  await page.locator("iframe").screenshot({ path: `${screenshots}/compare-applicant.png` });
  await applicant.click();
  await expect(frame.locator(".compare")).toHaveAttribute("data-columns", "2");

  await add(frame, "чайник");
  await expect(frame.locator(".compare .check--bad")).toContainText("«чайник»");
});

test("five are the most, a column goes by its own control, the way back brings it again", async ({ page }) => {
  const frame = await open(page);
  await add(frame, others.map((company) => company.identifiers.join(" ")).join(", "));

  await expect(frame.locator(".compare")).toHaveAttribute("data-columns", "5");
  await expect(frame.getByText("В сравнении пять контрагентов")).toBeVisible();
  await frame.locator(".compare__remove").last().press("Enter");
  await expect(frame.locator(".compare")).toHaveAttribute("data-columns", "4");
  await expect(frame.locator("#compare-field")).toBeFocused();
  await frame.locator("html").evaluate(() => history.back());
  await expect(frame.locator(".compare")).toHaveAttribute("data-columns", "5");
  await frame.locator(".compare__close").click();
  await expect(frame.locator(".compare")).toHaveCount(0);
});

test("the card's own counterparty gets no second column", async ({ page }) => {
  const frame = await open(page);

  await add(frame, own.identifiers[0]);

  await expect(frame.locator(".compare .notice")).toContainText("контрагент самой карточки");
  await expect(frame.locator(".compare")).toHaveAttribute("data-columns", "1");
});

for (const { name, width, scheme, language } of [
  { name: "wide-light-ru", width: 1400, scheme: "light", language: "ru" },
  { name: "middle-dark-en", width: 1000, scheme: "dark", language: "en" },
  { name: "column-light-ru", width: 400, scheme: "light", language: "ru" },
] as const) {
  for (const columns of [2, 5]) {
    test(`a comparison of ${columns} is legible and accessible: ${name}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width: Math.max(width, 700), height: 1000 });
      const frame = await openCard(page, own.id, { language });
      const iframe = page.locator("iframe");
      if (width < 700) await iframe.evaluate((element, width) => ((element as HTMLElement).style.width = `${width}px`), width);
      const compared = others.slice(0, columns - 1).map((company) => company.identifiers.join("+"));

      await go(frame, `#compare=${compared.join(",")}`);

      await expect(frame.locator(".compare")).toHaveAttribute("data-columns", String(columns));
      await settled(frame);
      expect(await frame.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth)).toBe(0);
      const bottom = await iframe.evaluate((element) => element.getBoundingClientRect().bottom + window.scrollY);
      await page.setViewportSize({ width: Math.max(width, 700), height: Math.ceil(bottom) + 40 });
      await frame.locator(".compare").screenshot({ path: `${screenshots}/compare-${columns}-${name}.png` });
      const audit = await new AxeBuilder({ page }).include("iframe").analyze();
      expect(audit.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target).join(", ")}`)).toEqual([]);
    });
  }
}
