// What a manager takes along: files with the very documents that are shown, one page of paper, the sentence.
import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { expect, type FrameLocator, type Page, test } from "@playwright/test";
import { lead, mark, openAlone, openCard } from "./card";
import { app, documentsOf, identifiersOf, largest, portal, statusOf, today } from "./stack";

const all = documentsOf(identifiersOf(largest));
const chosen = "expired";
const fitting = all.filter((document) => statusOf(document) === chosen);

async function download(page: Page, frame: FrameLocator, format: string): Promise<{ name: string; bytes: Buffer }> {
  const download = page.waitForEvent("download");
  await frame.getByRole("button", { name: format }).click();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** The parts of a workbook by name: the plainest reading of a ZIP file, by its central directory. */
function unzipped(bytes: Buffer): Map<string, string> {
  const parts = new Map<string, string>();
  const end = bytes.lastIndexOf(Buffer.from("PK\u0005\u0006", "latin1"));
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [size, name, extra, comment] = [20, 28, 30, 32].map((place) =>
      place === 20 ? bytes.readUInt32LE(at + place) : bytes.readUInt16LE(at + place),
    );
    const local = bytes.readUInt32LE(at + 42);
    const begin = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(begin, begin + size);
    const isDeflated = bytes.readUInt16LE(at + 10) === 8;
    parts.set(bytes.toString("utf8", at + 46, at + 46 + name), (isDeflated ? inflateRawSync(packed) : packed).toString("utf8"));
    at += 46 + name + extra + comment;
  }
  return parts;
}

test("the files hold exactly the documents that the filter shows", async ({ page }) => {
  const frame = await openCard(page, largest.id);
  await mark(frame, `status:${chosen}`).click();
  await expect(lead(frame)).toHaveAttribute("data-documents", String(fitting.length));
  const numbers = fitting.map((document) => document.number).sort();

  const lines = await download(page, frame, "CSV");
  const workbook = await download(page, frame, "XLSX");

  expect(lines.name).toBe(`certlens-${identifiersOf(largest)[0]}-and-1-more-${today}.csv`);
  const [head, ...rows] = lines.bytes.toString("utf8").replace("\uFEFF", "").trimEnd().split("\r\n");
  expect(head).toMatch(/^"?Номер"?;/);
  expect(rows.map((row) => row.split(";")[0].replaceAll('"', "")).sort()).toEqual(numbers);
  const parts = unzipped(workbook.bytes);
  const text = [...parts.values()].join("\n");
  for (const number of numbers) expect(text).toContain(number);
  const others = all.filter((document) => statusOf(document) !== chosen);
  for (const document of others) expect(text).not.toContain(document.number);
  // A list without its date and sources is worth nothing a month later.
  expect(text).toContain(today.split("-").reverse().join("."));
  expect(text).toContain("Декларации РФ");
  expect(text).toContain("Статус: Истёк");
});

test("the page prints on one sheet with its date and its sources", async ({ page }) => {
  await openAlone(page, largest.id);
  await page.emulateMedia({ media: "print", colorScheme: "light" });

  for (const part of ["h1", "#summary", '[data-figure="next_end"]', ".trend svg", ".signals", ".documents"]) {
    await expect(page.locator(part).first()).toBeVisible();
  }
  await expect(page.locator(".sources")).toContainText(`Статусы на ${today.split("-").reverse().join(".")}`);
  await expect(page.locator(".sources")).toContainText(/Данные реестров не старше \d\d\.\d\d\.\d{4}/);
  await expect(page.locator(".take").first()).toBeHidden();
  await expect(page.locator("#add-identifier")).toBeHidden();
  const paper = await page.pdf({ format: "A4", path: "test-results/screenshots/paper.pdf" });
  expect(paper.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1);
});

test("paper is light, whatever the screen is", async ({ page }) => {
  await openAlone(page, largest.id);

  await page.emulateMedia({ media: "print", colorScheme: "dark" });

  expect(await page.locator("html").evaluate((html) => getComputedStyle(html).backgroundColor)).toBe("rgb(255, 255, 255)");
});

test("the sentence is copied as it stands", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openAlone(page, largest.id);

  await page.getByRole("button", { name: "Копировать" }).click();

  await expect(page.getByRole("button", { name: "Скопировано" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await page.locator("#summary").textContent());
});

test("the sentence is copied within the portal's frame too, which gives no access to the clipboard", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: portal });
  const frame = await openCard(page, largest.id);
  const sentence = await frame.locator("#summary").textContent();

  await frame.getByRole("button", { name: "Копировать" }).click();

  await expect(frame.getByRole("button", { name: "Скопировано" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(sentence);
});

test("a file is ordered in a session only", async ({ request }) => {
  const response = await request.post(`${app}/card/handover`, { data: { format: "csv", identifiers: identifiersOf(largest) } });
  expect(response.status()).toBe(401);
});
