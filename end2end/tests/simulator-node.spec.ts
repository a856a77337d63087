// The published JavaScript SDK on a server against the simulator: with tokens, and with a webhook.
import http from "node:http";
import https from "node:https";
import { expect, test } from "@playwright/test";
import { clientId, clientSecret, type Portal, startPortal, tokens } from "./simulator";

// The SDK's webhook class speaks https only; a simulator has no certificate. What it sends goes over plain HTTP.
const plain = ((options: http.RequestOptions, callback?: (response: http.IncomingMessage) => void) =>
  http.request({ ...options, protocol: "http:", agent: undefined }, callback)) as typeof https.request;
https.request = plain;
const { B24Hook, B24OAuth } = await import("@bitrix24/b24jssdk");

let portal: Portal;
test.beforeAll(async () => {
  portal = await startPortal("http://app.localhost:9");
});
test.afterAll(() => portal.stop());

async function byTokens() {
  const { access, refresh, memberId } = await tokens(portal);
  const client = new B24OAuth(
    {
      applicationToken: "unused",
      userId: 1,
      memberId,
      accessToken: access,
      refreshToken: refresh,
      expires: Math.floor(Date.now() / 1000) + 3600,
      expiresIn: 3600,
      scope: "crm",
      domain: new URL(portal.url).host,
      clientEndpoint: `${portal.url}/rest/`,
      serverEndpoint: `${portal.authorization}/rest/`,
      status: "F",
    } as ConstructorParameters<typeof B24OAuth>[0],
    { clientId, clientSecret },
  );
  client.offClientSideWarning();
  return client;
}

function byWebhook() {
  const client = new B24Hook({ b24Url: portal.url, userId: 1, secret: "simulatorwebhook" });
  client.offClientSideWarning();
  return client;
}

for (const [name, connect] of [
  ["tokens", byTokens],
  ["a webhook", async () => byWebhook()],
] as const) {
  test(`the SDK with ${name} calls, lists and batches`, async () => {
    const client = await connect();
    const { v2 } = client.actions;

    const one = await v2.call.make({ method: "crm.item.get", params: { entityTypeId: 4, id: 101 } });
    const titles = Array.from({ length: 120 }, (_, index) => `Made by ${name}, ${index}`);
    const made = await v2.batchByChunk.make({
      calls: titles.map((TITLE) => ["crm.company.add", { fields: { TITLE } }]),
      options: { isHaltOnError: true },
    });
    const listed = await v2.callList.make({
      method: "crm.company.list",
      params: { filter: { "%TITLE": `Made by ${name}` }, select: ["ID", "TITLE"] },
      idKey: "ID",
    });
    const items: any[] = [];
    const pages = v2.fetchList.make({
      method: "crm.item.list",
      params: { entityTypeId: 4, filter: { "%title": `Made by ${name}` }, select: ["id", "title"] },
      idKey: "id",
      customKeyForResult: "items",
    });
    for await (const page of pages) items.push(...page);
    const chained = await v2.batch.make({
      calls: {
        company: { method: "crm.item.get", params: { entityTypeId: 4, id: 101 } },
        details: {
          method: "crm.requisite.list",
          params: { filter: { ENTITY_TYPE_ID: 4, ENTITY_ID: "$result[company][item][id]" } },
        },
      },
      options: { isHaltOnError: true, returnAjaxResult: true },
    });

    expect(one.getData()?.result.item.id).toBe(101);
    expect(made.isSuccess).toBe(true);
    expect(listed.getData()?.map((row: any) => row.TITLE).sort()).toEqual([...titles].sort());
    expect(new Set(items.map((item) => item.id)).size).toBe(120);
    const details = (chained.getData() as any).details.getData().result;
    expect(details[0].RQ_INN).toBe("7701999489");
  });
}

test("the SDK renews an expired token once and goes on", async () => {
  const client = await byTokens();
  let renewed = 0;
  client.setCallbackRefreshAuth(async () => {
    renewed += 1;
  });
  await portal.control("expire-tokens", "POST");

  const answer = await client.actions.v2.call.make({ method: "profile" });

  expect(answer.getData()?.result.ADMIN).toBe(true);
  expect(renewed).toBe(1);
});

test("the SDK tells errors of both generations apart", async () => {
  const client = await byTokens();
  const make = (method: string, params: Record<string, unknown>) => client.actions.v2.call.make({ method, params });

  await expect(make("crm.item.get", { entityTypeId: 4, id: 999_999 })).rejects.toThrow("Элемент не найден");
  // The classic methods' error code is empty: the SDK goes by the status then.
  await expect(make("crm.company.get", { id: 999_999 })).rejects.toThrow(/400|Not found/);
  await expect(make("no.such.method", {})).rejects.toThrow("Method not found!");
});

test("the SDK makes a task through the third version", async () => {
  const client = await byTokens();

  const made = await client.actions.v3.call.make({
    method: "tasks.task.add",
    params: { fields: { title: "Check the papers", responsibleId: 7, creatorId: 1 } },
  });

  expect(made.getData()?.result.item.title).toBe("Check the papers");
});
