// What `cargo xtask test` started for these tests, and the independent count with which pages are compared.
import { readFileSync } from "node:fs";

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the end-to-end tests by \`cargo xtask test\``);
  return value;
}

/** Address of the simulated portal. */
export const portal = required("E2E_PORTAL_URL");
/** Address of Certlens for programs: Node resolves no `*.localhost`. */
export const app = required("E2E_APP_URL");
/** Opens the JSON interface. */
export const operatorToken = required("E2E_OPERATOR_TOKEN");

/** The day that the server takes for today, and on which the newest documents were registered. */
export const today = required("E2E_TODAY");

interface Company {
  id: number;
  title: string;
  requisites: Record<string, string>[];
}

interface Item {
  id: number;
  title: string;
  company_id?: number | null;
  UF_CRM_INN?: string;
  UF_CRM_PARTNERS?: string[];
}

const seed: { companies: Company[]; leads: Item[]; deals: Item[] } = JSON.parse(
  readFileSync(required("E2E_PORTAL_FILE"), "utf8"),
);

/** The description from which the portal was made. */
export const { companies, leads, deals } = seed;

export interface CanonicalDocument {
  registry: string;
  source_id: string | null;
  number: string;
  kind: "certificate" | "declaration";
  status: string;
  registered_on: string;
  valid_until: string | null;
  applicant: Record<string, string | null>;
  manufacturer: Record<string, string | null>;
  technical_regulations: string[];
  product: string;
  tn_ved: string[];
  certification_body: string | null;
  url: string | null;
}

/** Every generated document, read from the very file that was imported. */
export const documents: CanonicalDocument[] = readFileSync(required("E2E_DOCUMENTS_FILE"), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line));

const identifierFields = ["inn", "ogrn", "bin", "unp"];
const requisiteFields = ["RQ_INN", "RQ_OGRN", "RQ_OGRNIP", "RQ_BIN", "RQ_IIN"];

/** The identifiers among a company's details, in any form. */
export function identifiersOf(company: Company): string[] {
  const values = company.requisites.flatMap((set) => requisiteFields.map((field) => set[field] ?? ""));
  return [...new Set(values.filter((value) => value !== ""))];
}

const day = 86_400_000;

/** A day that is so many days after another. */
export function daysAfter(isoDay: string, days: number): string {
  return new Date(Date.parse(isoDay) + days * day).toISOString().slice(0, 10);
}

/** Statuses of documents in force. */
export const inForce = new Set(["active", "renewed", "extended"]);

/** A document's status on the day of the tests. */
export function statusOf(document: CanonicalDocument): string {
  return inForce.has(document.status) && document.valid_until !== null && document.valid_until < today ? "expired" : document.status;
}

/** The imported rows in which one of the identifiers stands. */
export function documentsOf(identifiers: string[]): CanonicalDocument[] {
  const asked = new Set(identifiers);
  const carries = (party: Record<string, string | null>) => identifierFields.some((field) => asked.has(party[field] ?? ""));
  return documents.filter((document) => carries(document.applicant) || carries(document.manufacturer));
}

const endedInRf = new Set(
  readFileSync(required("E2E_RF_TERRITORY_FILE"), "utf8")
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").slice(0, 2).join("@")),
);

/** The documents of these identifiers that Russia's list calls terminated. */
export function notValidInRf(identifiers: string[]): CanonicalDocument[] {
  return documentsOf(identifiers).filter((document) => endedInRf.has(`${document.number}@${document.registered_on}`));
}

export interface Expected {
  documents: number;
  certificates: number;
  declarations: number;
  active: number;
  expiring: number;
  byRegistry: Map<string, { certificates: number; declarations: number }>;
  byStatus: Map<string, number>;
  byRegulation: Map<string, number>;
  byMonth: Map<string, number>;
  newest: CanonicalDocument[];
}

/** Counts the imported rows by the published rules, with nothing of the product's code. */
export function count(identifiers: string[]): Expected {
  const horizon = daysAfter(today, 90);
  const found = documentsOf(identifiers);
  const tally = <K>(keys: K[]) => keys.reduce((counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1), new Map<K, number>());
  const byRegistry = new Map<string, { certificates: number; declarations: number }>();
  for (const document of found) {
    const entry = byRegistry.get(document.registry) ?? { certificates: 0, declarations: 0 };
    entry[document.kind === "certificate" ? "certificates" : "declarations"] += 1;
    byRegistry.set(document.registry, entry);
  }
  const active = found.filter((document) => inForce.has(statusOf(document)));
  return {
    documents: found.length,
    certificates: found.filter((document) => document.kind === "certificate").length,
    declarations: found.filter((document) => document.kind === "declaration").length,
    active: active.length,
    expiring: active.filter((document) => document.valid_until !== null && document.valid_until <= horizon).length,
    byRegistry,
    byStatus: tally(found.map(statusOf)),
    byRegulation: tally(found.flatMap((document) => [...new Set(document.technical_regulations)])),
    byMonth: tally(found.map((document) => document.registered_on.slice(0, 7))),
    newest: [...found].sort((left, right) => right.registered_on.localeCompare(left.registered_on)),
  };
}

/** The company with most documents. */
export const largest = companies.reduce((best, company) =>
  count(identifiersOf(company)).documents > count(identifiersOf(best)).documents ? company : best,
);

function hasNone(company: Company): boolean {
  return documentsOf(identifiersOf(company)).length === 0;
}

/** Cards that a test may change for itself: a card's identifiers are remembered and shared, so no other test may look at it. The
 * first nine have documents. */
export function ownCard(place: number): { deal: number; company: Company; identifiers: string[] } {
  const cards = deals
    .filter((deal) => !deal.UF_CRM_PARTNERS)
    .map((deal) => ({ deal, company: companies.find((company) => company.id === deal.company_id) }))
    .filter((card): card is { deal: Item; company: Company } => card.company !== undefined)
    .filter(({ company }) => identifiersOf(company).length > 0);
  cards.sort((one, other) => Number(hasNone(one.company)) - Number(hasNone(other.company)));
  const { deal, company } = cards[place];
  return { deal: deal.id, company, identifiers: identifiersOf(company) };
}

/** As {@link ownCard}, in leads. */
export function ownLead(place: number): { lead: number; company: Company; identifiers: string[] } {
  const cards = leads
    .map((lead) => ({ lead, company: companies.find((company) => company.id === lead.company_id) }))
    .filter((card): card is { lead: Item; company: Company } => card.company !== undefined && card.company.id !== largest.id)
    .filter(({ company }) => identifiersOf(company).length > 0 && !hasNone(company));
  const { lead, company } = cards[place];
  return { lead: lead.id, company, identifiers: identifiersOf(company) };
}

/** Companies' cards whose subscriptions a test may change for itself; from the end, so that tests which look for some company meet others. */
export function trackedCompany(place: number): { id: number; identifiers: string[] } {
  const found = companies.filter((company) => count(identifiersOf(company)).documents > 0);
  const company = found[found.length - 1 - place];
  return { id: company.id, identifiers: identifiersOf(company) };
}
