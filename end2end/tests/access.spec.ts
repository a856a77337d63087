// Frames that are not believed, and programs without a token.
import { expect, test } from "@playwright/test";
import { app } from "./stack";

const memberId = "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49";

for (const [language, sentence] of [
  ["ru", "Откройте карточку"],
  ["en", "Open the card"],
] as const) {
  test(`a frame without a token gets a 401 page in ${language}`, async ({ request }) => {
    const response = await request.post(`${app}/bitrix/app?LANG=${language}`, { form: { member_id: memberId } });
    expect(response.status()).toBe(401);
    const html = await response.text();
    expect(html).toContain(`lang="${language}"`);
    expect(html).toContain(sentence);
    expect(html).not.toMatch(/panicked|stack backtrace|\.rs:/);
  });

  test(`a frame with a wrong token gets a 401 page in ${language}`, async ({ request }) => {
    const response = await request.post(`${app}/bitrix/app?LANG=${language}`, {
      form: { member_id: memberId, AUTH_ID: "0123456789abcdef0123456789abcdef", PLACEMENT: "CRM_COMPANY_DETAIL_TAB" },
    });
    expect(response.status()).toBe(401);
    expect(await response.text()).toContain(`lang="${language}"`);
  });
}

test("the address opened by hand or checked by HEAD answers with a neutral page", async ({ request }) => {
  expect((await request.head(`${app}/bitrix/app`)).status()).toBe(200);
  const response = await request.get(`${app}/bitrix/app?LANG=en`);
  expect(response.status()).toBe(200);
  expect(await response.text()).toContain("Open Certlens inside Bitrix24");
});

test("the search function refuses callers without a session", async ({ request }) => {
  const response = await request.post(`${app}/fn/board`, { data: { identifiers: ["7707083893"], fragment: "", language: "ru" } });
  expect(response.status()).toBe(401);
});

test("the JSON interface refuses a wrong token and explains a wrong question", async ({ request }) => {
  const refused = await request.get(`${app}/api/v1/analytics?id=7707083893`, { headers: { Authorization: "Bearer wrong" } });
  expect(refused.status()).toBe(401);
  expect((await refused.json()).error.code).toBe("unauthorized");
});
