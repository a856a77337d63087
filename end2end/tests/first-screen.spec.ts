// What a manager sees in ten seconds, on a small screen: the sentence and the five facts, in the cards of a lead, a deal
// and a company, in both languages, in the reader's own manner of writing days and numbers.
import { expect, type FrameLocator, test } from "@playwright/test";
import { openAlone, openCard } from "./card";
import { type CanonicalDocument, companies, count, deals, documentsOf, identifiersOf, inForce, largest, leads, statusOf } from "./stack";

const identifiers = identifiersOf(largest);
const valid = validOf(identifiers);
const nextEnd = nextEndOf(valid);
function validOf(identifiers: string[]): CanonicalDocument[] {
  return documentsOf(identifiers).filter((document) => inForce.has(statusOf(document)));
}

function nextEndOf(valid: CanonicalDocument[]): string {
  return valid.map((document) => document.valid_until).filter((day) => day !== null).sort()[0];
}

const facts = ["declarations", "certificates", "next_end", "since", "body"];

// A deal with partners: the others belong to tests that change them.
const deal = deals.find((deal) => deal.UF_CRM_PARTNERS)!;
const partners = [deal.company_id, ...deal.UF_CRM_PARTNERS!.map((code) => Number(code.slice(3)))];
const cards = [
  { kind: "company", id: largest.id, held: [largest] },
  { kind: "deal", id: deal.id, held: partners.map((id) => companies.find((company) => company.id === id)!) },
  { kind: "lead", id: leads.find((lead) => lead.company_id === largest.id)!.id, held: [largest] },
] as const;

/** A figure's value, name and remark. */
function figure(frame: FrameLocator, key: string) {
  return frame.locator(`[data-figure="${key}"]`);
}

for (const { kind, id, held } of cards) {
  test(`the card of a ${kind} answers with a sentence and five facts`, async ({ page }) => {
    const identifiers = held.flatMap(identifiersOf);
    const [expected, valid] = [count(identifiers), validOf(identifiers)];
    const frame = await openCard(page, id, { kind });

    for (const company of held) await expect(frame.locator("h1")).toContainText(company.title);
    await expect(frame.locator("#summary")).toHaveText(/^\d+\sдействующ\S+ (деклараци|сертификат).*\d\d\.\d\d\.\d{4}.*\S$/);
    const valids = (kind: string) => String(valid.filter((document) => document.kind === kind).length);
    await expect(figure(frame, "declarations").locator(".figure__value")).toHaveText(valids("declaration"));
    await expect(figure(frame, "certificates").locator(".figure__value")).toHaveText(valids("certificate"));
    await expect(figure(frame, "next_end").locator(".figure__value")).toHaveText(nextEndOf(valid).split("-").reverse().join("."));
    await expect(figure(frame, "next_end")).toContainText(`за 90 дней: ${expected.expiring}`);
    const first = expected.newest.at(-1)!.registered_on;
    await expect(figure(frame, "since").locator(".figure__value")).toContainText(first.slice(0, 4));
    await expect(figure(frame, "body")).toContainText("орган последнего года");
  });
}

for (const language of ["ru", "en"] as const) {
  test(`the first screen fits into 1000 by 600: ${language}`, async ({ page }) => {
    await page.setViewportSize({ width: 1000, height: 600 });
    await openAlone(page, largest.id, { language });

    for (const fact of ["h1", "#summary", ...facts.map((key) => `[data-figure="${key}"]`), ".trend h2"]) {
      await expect(page.locator(fact).first()).toBeInViewport({ ratio: 1 });
    }
    expect(await page.evaluate(() => window.scrollY)).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1000);
  });
}

test("the sentence, days and numbers are written as English readers do", async ({ page }) => {
  const frame = await openCard(page, largest.id, { language: "en" });

  await expect(frame.locator("#summary")).toHaveText(/^\d+\svalid (declarations?|certificates?)/);
  const day = new Date(`${nextEnd}T00:00:00Z`).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });
  await expect(figure(frame, "next_end").locator(".figure__value")).toHaveText(day);
  await expect(figure(frame, "declarations")).toContainText(/\d+% of \d+/);
});

test("a figure leads to its documents", async ({ page }) => {
  const frame = await openCard(page, largest.id);

  await figure(frame, "certificates").click();

  const certificates = valid.filter((document) => document.kind === "certificate");
  await expect(frame.locator(".lead")).toHaveAttribute("data-documents", String(certificates.length));
});
