// The numbers on the page are those of the imported rows, counted independently.
import { expect, test } from "@playwright/test";
import { mapOf, numberOf, openCard, watchConsole } from "./card";
import { app, companies, count, identifiersOf, operatorToken } from "./stack";

const holders = companies.filter((company) => count(identifiersOf(company)).documents > 0).slice(0, 4);

test("the portal has companies with documents", () => {
  expect(holders.length).toBeGreaterThan(2);
});

for (const company of holders) {
  test(`the card of company ${company.id} shows the numbers of the imported rows`, async ({ page }) => {
    const problems = watchConsole(page);
    const expected = count(identifiersOf(company));

    const frame = await openCard(page, company.id);

    await expect(frame.locator("h1")).toHaveText(company.title);
    const figure = (name: string) => numberOf(frame.locator(`[data-figure="${name}"]`));
    expect(await figure("documents")).toBe(expected.documents);
    expect(await figure("certificates")).toBe(expected.certificates);
    expect(await figure("declarations")).toBe(expected.declarations);
    expect(await figure("active")).toBe(expected.active);
    expect(await figure("expiring")).toBe(expected.expiring);
    const certificates = await mapOf(frame.locator("[data-registry]"), "data-registry", "data-certificates");
    const declarations = await mapOf(frame.locator("[data-registry]"), "data-registry", "data-declarations");
    expect(certificates.size).toBe(6);
    for (const registry of certificates.keys()) {
      const counted = expected.byRegistry.get(registry) ?? { certificates: 0, declarations: 0 };
      expect([registry, certificates.get(registry), declarations.get(registry)]).toEqual([
        registry,
        counted.certificates,
        counted.declarations,
      ]);
    }
    expect(await mapOf(frame.locator("[data-status]"), "data-status")).toEqual(expected.byStatus);
    expect(await mapOf(frame.locator("[data-regulation]"), "data-regulation")).toEqual(expected.byRegulation);
    const months = await frame
      .locator("tr[data-month]")
      .evaluateAll((rows) =>
        rows.map((row) => [
          row.getAttribute("data-month") ?? "",
          [...row.querySelectorAll("td")].reduce((sum, cell) => sum + Number((cell.textContent ?? "").replace(/\D/g, "")), 0),
        ] as const),
      );
    expect(new Map(months)).toEqual(expected.byMonth);
    const listed = await frame.locator("tr[data-number]").count();
    expect(listed).toBe(Math.min(20, expected.documents));
    const newestDays = expected.newest.slice(0, listed).map((document) => document.registered_on.split("-").reverse().join("."));
    const shownDays = await frame.locator("tr[data-number] td:nth-child(3)").allTextContents();
    expect(shownDays).toEqual(newestDays);
    expect(problems).toEqual([]);
  });

  test(`the JSON interface agrees with the card of company ${company.id}`, async ({ request }) => {
    const identifiers = identifiersOf(company);
    const expected = count(identifiers);
    const query = identifiers.map((identifier) => `id=${identifier}`).join("&");

    const response = await request.get(`${app}/api/v1/analytics?${query}`, {
      headers: { Authorization: `Bearer ${operatorToken}` },
    });

    expect(response.status()).toBe(200);
    const analytics = await response.json();
    expect(analytics.totals).toEqual({
      documents: expected.documents,
      certificates: expected.certificates,
      declarations: expected.declarations,
      active: expected.active,
      expiring_90d: expected.expiring,
      not_valid_in_rf: 0,
    });
    expect(new Map(Object.entries(analytics.by_status))).toEqual(expected.byStatus);
  });
}
