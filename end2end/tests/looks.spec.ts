// What people see: accessibility of every state of the page in both colour schemes, and that nothing overflows. Screenshots
// are kept as artefacts; those that are compared are in pictures.spec.ts.
import { expect, type FrameLocator, type Page, test } from "@playwright/test";
import { expectAccessible, mark, openCard, settled, watchConsole } from "./card";
import { companies, count, identifiersOf, largest, ownCard } from "./stack";

const screenshots = "test-results/screenshots";

/** The frame's picture, whole: a frame is drawn no further than the window reaches. */
async function picture(page: Page, name: string): Promise<void> {
  const iframe = page.locator("iframe");
  const bottom = await iframe.evaluate((element) => element.getBoundingClientRect().bottom + window.scrollY);
  await page.setViewportSize({ width: page.viewportSize()!.width, height: Math.ceil(bottom) + 40 });
  await iframe.screenshot({ path: `${screenshots}/${name}.png` });
}

for (const { name, width, scheme, language } of [
  { name: "wide-light-ru", width: 1400, scheme: "light", language: "ru" },
  { name: "wide-dark-en", width: 1400, scheme: "dark", language: "en" },
  { name: "middle-light-en", width: 1000, scheme: "light", language: "en" },
  { name: "small-light-ru", width: 700, scheme: "light", language: "ru" },
  { name: "column-dark-ru", width: 400, scheme: "dark", language: "ru" },
] as const) {
  test(`the card is legible and accessible: ${name}`, async ({ page }) => {
    const problems = watchConsole(page);
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width: Math.max(width, 700), height: 1000 });
    const frame = await openCard(page, largest.id, { language });
    if (width < 700) {
      await page.locator("iframe").evaluate((element, width) => ((element as HTMLElement).style.width = `${width}px`), width);
    }

    await expect(frame.locator("html")).toHaveAttribute("lang", language);
    const overflow = await frame.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth);
    expect(overflow).toBe(0);
    await picture(page, name);
    await expectAccessible(page);
    expect(problems).toEqual([]);
  });
}

const states: [string, (frame: FrameLocator) => Promise<void>][] = [
  [
    "identifiers with an error and an open menu",
    async (frame) => {
      await frame.locator("#add-identifier").fill("7707083894, ромашка");
      await expect(frame.locator("#add-check li")).toHaveCount(2);
      await frame.locator(".chip-menu summary").first().click();
    },
  ],
  [
    "filtered board",
    async (frame) => {
      await mark(frame, `status:${[...count(identifiersOf(largest)).byStatus.keys()][0]}`).click();
      await expect(frame.locator(".filter")).toHaveCount(1);
    },
  ],
  [
    "nothing fits",
    async (frame) => {
      await frame.getByRole("searchbox").fill("такой продукции нет");
      await frame.getByRole("searchbox").press("Enter");
      await expect(frame.getByText("Под эти условия не подходит ни один документ.")).toBeVisible();
    },
  ],
  [
    "opened document",
    async (frame) => {
      await frame.locator(".documents__open").nth(1).click();
      await expect(frame.getByRole("dialog")).toBeFocused();
    },
  ],
  [
    "related companies",
    async (frame) => {
      await frame.getByRole("link", { name: "Связанные компании" }).click();
      await expect(frame.locator(".related__company").first()).toBeVisible();
    },
  ],
  [
    "help, table of the trend, folded values and reasons unfolded",
    async (frame) => {
      const folded = frame.locator("#board details:not([open]) > summary:visible");
      // What is unfolded may hold more that is folded, and a part that arrives anew is folded again.
      while ((await folded.count()) > 0) await folded.first().click();
      await expect(frame.locator(".help__list")).toBeVisible();
      await expect(frame.locator(".trend table")).toBeVisible();
    },
  ],
];

for (const [name, reach] of states) {
  test(`accessible in light and dark: ${name}`, async ({ page }) => {
    const frame = await openCard(page, largest.id);
    await reach(frame);
    await settled(frame);

    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await expectAccessible(page);
    }
    await picture(page, name.replaceAll(/\W+/g, "-"));
  });
}

test("accessible: a counterparty without documents, and a card without any number", async ({ page }) => {
  const unknown = companies.find((company) => identifiersOf(company).length > 0 && count(identifiersOf(company)).documents === 0)!;
  const nameless = companies.find((company) => identifiersOf(company).length === 0)!;

  for (const company of [unknown, nameless]) {
    const frame = await openCard(page, company.id);
    await expect(frame.locator(".empty").first()).toBeVisible();
    await picture(page, company === unknown ? "no-documents" : "no-number");
    await expectAccessible(page);
  }
});

test("accessible: a wrong number among those that are searched", async ({ page }) => {
  const frame = await openCard(page, ownCard(10).deal, { kind: "deal" });
  await frame.locator("#add-identifier").fill("7707083894");
  await frame.locator("#add-identifier").press("Enter");
  await expect(frame.locator('[data-identifier="7707083894"]')).toBeVisible();

  await picture(page, "wrong-number");
  await expectAccessible(page);
});
