// The numbers on the page are those of the imported rows, counted independently.
import { expect, test } from "@playwright/test";
import { lead, mapOf, numberOf, openCard, watchConsole } from "./card";
import { app, companies, count, identifiersOf, notValidInRf, operatorToken } from "./stack";

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
    const shown = lead(frame);
    expect(await numberOf(shown, "data-documents")).toBe(expected.documents);
    expect(await numberOf(shown, "data-certificates")).toBe(expected.certificates);
    expect(await numberOf(shown, "data-declarations")).toBe(expected.declarations);
    expect(await numberOf(shown, "data-active")).toBe(expected.active);
    expect(await numberOf(shown, "data-expiring")).toBe(expected.expiring);
    const certificates = await mapOf(frame.locator(".facet [data-registry]"), "data-registry", "data-certificates");
    const declarations = await mapOf(frame.locator(".facet [data-registry]"), "data-registry", "data-declarations");
    expect(certificates.size).toBe(6);
    for (const registry of certificates.keys()) {
      const counted = expected.byRegistry.get(registry) ?? { certificates: 0, declarations: 0 };
      expect([registry, certificates.get(registry), declarations.get(registry)]).toEqual([
        registry,
        counted.certificates,
        counted.declarations,
      ]);
    }
    const facet = async (name: string) => {
      const marks = await mapOf(frame.locator(`.facet [data-key^="${name}:"]`), "data-key", "data-documents");
      return new Map([...marks].map(([key, documents]) => [key.slice(name.length + 1), documents]));
    };
    expect(await facet("status")).toEqual(expected.byStatus);
    expect(await facet("regulation")).toEqual(expected.byRegulation);
    const columns = await frame.locator(".trend tr[data-period]").evaluateAll((rows) =>
      rows.map((row) => {
        const cells = [...row.querySelectorAll("td")].map((cell) => Number((cell.textContent ?? "").replace(/\D/g, "")));
        return [row.getAttribute("data-period") ?? "", cells.slice(0, -1).reduce((sum, cell) => sum + cell, 0)] as const;
      }),
    );
    for (const [month, documents] of columns.filter(([, documents]) => documents > 0)) {
      expect([month, documents]).toEqual([month, expected.byMonth.get(month)]);
    }
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
      not_valid_in_rf: notValidInRf(identifiers).length,
    });
    expect(new Map(Object.entries(analytics.by_status))).toEqual(expected.byStatus);
  });
}
