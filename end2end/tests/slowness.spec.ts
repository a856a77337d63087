// What takes long is seen and said, and moves nothing: a board that changes slowly, a page whose connection was cut before its board.
import { expect, type Page, test } from "@playwright/test";
import { lead, mark, openCard } from "./card";
import { app, companies, count, identifiersOf, portal } from "./stack";

const company = companies.reduce((best, company) =>
  count(identifiersOf(company)).documents > count(identifiersOf(best)).documents ? company : best,
);
const expected = count(identifiersOf(company));
const [status, ofStatus] = [...expected.byStatus].sort((one, other) => one[1] - other[1])[0];

/** Changes the card's page on its way to the browser. */
async function changePage(page: Page, change: (html: string) => string): Promise<void> {
  await page.route(/\/bitrix\/app/, async (route) => {
    const request = route.request();
    const { pathname, search } = new URL(request.url());
    const headers = { "content-type": request.headers()["content-type"] };
    const answer = await fetch(`${app}${pathname}${search}`, { method: request.method(), headers, body: request.postData() });
    const kept = ["content-type", "content-security-policy", "cache-control"];
    await route.fulfill({
      status: answer.status,
      headers: Object.fromEntries(kept.map((name) => [name, answer.headers.get(name) ?? ""])),
      body: change(await answer.text()),
    });
  });
}

test("a change that is not there at once is shown and said, and shifts nothing", async ({ page }) => {
  const frame = await openCard(page, company.id);
  const board = frame.locator("#board");
  const said = frame.locator("#board-status");
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/fn/board", async (route) => {
    await held;
    await route.continue();
  });
  // Within the frame: the portal's page around it scrolls to the mark.
  const place = () => lead(frame).evaluate((element) => JSON.stringify(element.getBoundingClientRect()));
  const before = await place();

  await mark(frame, `status:${status}`).click();

  await expect(board).toHaveAttribute("aria-busy", "true");
  await expect(said).toHaveText("Обновляем данные…");
  await expect.poll(() => board.evaluate((element) => getComputedStyle(element, "::before").opacity)).toBe("1");
  expect(await place()).toEqual(before);
  answer();
  await expect(lead(frame)).toHaveAttribute("data-documents", String(ofStatus));
  await expect(said).toHaveText("");
  await expect(board).toHaveAttribute("aria-busy", "false");
});

test("a quick change is not spoken of", async ({ page }) => {
  await page.clock.install();
  const frame = await openCard(page, company.id);
  await frame.locator("#board-status").evaluate((element) => {
    const spoken: string[] = [];
    Object.assign(window, { spoken });
    new MutationObserver(() => spoken.push(element.textContent ?? "")).observe(element, { childList: true, characterData: true });
  });

  // The page's clock stands still: no time passes between the click and the answer.
  await page.clock.pauseAt(Date.now() + 60_000);
  await mark(frame, `status:${status}`).click();

  await expect(lead(frame)).toHaveAttribute("data-documents", String(ofStatus));
  expect(await frame.locator("html").evaluate(() => (window as unknown as { spoken: string[] }).spoken.filter(Boolean))).toEqual([]);
});

test("a page that was cut off before its board fetches the board by itself", async ({ page }) => {
  await changePage(page, (whole) => {
    const begins = whole.indexOf('<section data-part="lead"');
    expect(begins).toBeGreaterThan(0);
    return `${whole.slice(0, begins)}<div class="skeleton"><p class="skeleton__words" role="status">…</p></div>`;
  });
  await page.goto(`${portal}/crm/company/details/${company.id}/?tab=app&lang=ru`);
  const frame = page.frameLocator("iframe");

  await expect(lead(frame)).toHaveAttribute("data-documents", String(expected.documents));
  await expect(frame.locator(".skeleton:visible")).toHaveCount(0);
});

test("the outline of a board on its way gives place to what follows it, without a script", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const outline = '<div class="skeleton"><p class="skeleton__words">…</p><div class="skeleton__part skeleton__part--facets"></div></div>';
  await changePage(page, (whole) => whole.replace('<section data-part="lead"', `${outline}$&`));
  await page.goto(`${portal}/__sim/open-frame?entity=company&id=${company.id}&lang=ru`);

  await page.getByRole("button").click();

  await expect(page.locator(".lead")).toBeVisible();
  await expect(page.locator(".skeleton")).toBeHidden();
  await context.close();
});
