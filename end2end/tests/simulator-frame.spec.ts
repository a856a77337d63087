// The published JavaScript SDK in a frame of the simulator's pages, unmodified, in three versions; and our own BX24.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, type Frame, type Page, test } from "@playwright/test";
import { type Application, type Portal, startApplication, startPortal } from "./simulator";

const versions = { "2.2.0": "@bitrix24/b24jssdk", "2.1.0": "b24jssdk-2.1", "1.3.0": "b24jssdk-1" } as const;
type Version = keyof typeof versions;

/** The browser's build of a version. */
function bundle(version: Version): string {
  const file = new URL(`../node_modules/${versions[version]}/dist/umd/index.min.js`, import.meta.url);
  return readFileSync(fileURLToPath(file), "utf8");
}

const page = (script: string, start: string) => `<!doctype html><meta charset="utf-8"><title>Application</title>
<body><p id="state">waiting</p><div style="height:600px"></div><script src="${script}"></script><script>${start}</script>`;

const startSdk = `
  B24Js.initializeB24Frame().then(
    (b24) => { window.b24 = b24; document.getElementById("state").textContent = "ready"; },
    (error) => { document.getElementById("state").textContent = "failed: " + error.message; },
  );`;

interface Stage {
  portal: Portal;
  application: Application;
  stop(): void;
}

/** An application with a library, or with the portal's own `BX24`, and a portal for it. */
async function stage(library: string | null, start: string): Promise<Stage> {
  const scripts: Record<string, string> = { "/library.js": library ?? "" };
  const application = await startApplication(page("/library.js", start), scripts);
  const portal = await startPortal(application.url);
  if (library === null) scripts["/library.js"] = await (await fetch(`${portal.url}/api/v1/`)).text();
  return {
    portal,
    application,
    stop() {
      portal.stop();
      application.stop();
    },
  };
}

/** The application's frame once the library in it is ready. */
async function ready(page: Page, index = 0): Promise<Frame> {
  const iframe = page.locator("iframe.application").nth(index);
  await expect(iframe.contentFrame().locator("#state")).toHaveText("ready");
  const frame = await (await iframe.elementHandle())?.contentFrame();
  if (!frame) throw new Error("the application has no frame");
  return frame;
}

/** Runs the installer in the browser as an administrator does, and binds the company's tab. */
async function install(page: Page, { portal, application }: Stage): Promise<void> {
  await page.goto(`${portal.url}/marketplace/app/certlens/?lang=en`);
  const frame = await ready(page);
  expect(await frame.evaluate("b24.isInstallMode")).toBe(true);
  await frame.evaluate(async (handler) => {
    await (window as any).b24.callBatch(
      ["LEAD", "DEAL", "COMPANY"].map((kind) => [
        "placement.bind",
        { PLACEMENT: `CRM_${kind}_DETAIL_TAB`, HANDLER: handler, TITLE: "Application" },
      ]),
    );
  }, `${application.url}/tab`);
  await Promise.all([page.waitForURL(/install_finished=Y/), frame.evaluate("void b24.installFinish()")]);
  const again = await ready(page);
  expect(await again.evaluate("b24.isInstallMode")).toBe(false);
}

async function openTab(page: Page, { portal }: Stage, path = "company/details/101", query = ""): Promise<Frame> {
  await page.goto(`${portal.url}/crm/${path}/?tab=app&lang=en${query}`);
  return ready(page);
}

for (const version of Object.keys(versions) as Version[]) {
  test.describe(`SDK ${version} in a frame`, () => {
    test.describe.configure({ mode: "serial" });
    let on: Stage;
    test.beforeAll(async () => {
      on = await stage(bundle(version), startSdk);
    });
    test.afterAll(() => on.stop());

    test("installs, finishes, and is not installing any more after the reload", async ({ page }) => {
      await install(page, on);
    });

    test("knows its placement, fits, sets a title and options", async ({ page }) => {
      const frame = await openTab(page, on);
      const iframe = page.locator("iframe.application");

      expect(await frame.evaluate("[b24.placement.placement, b24.placement.options.ID, b24.getLang()]")).toEqual([
        "CRM_COMPANY_DETAIL_TAB",
        "101",
        "en",
      ]);
      await frame.evaluate("b24.parent.fitWindow()");
      expect((await iframe.boundingBox())?.height).toBeGreaterThan(600);
      await frame.evaluate("b24.parent.setTitle('A title')");
      await frame.evaluate("b24.options.appSet('colour', 'green')");
      await frame.evaluate("b24.options.userSet('page', '7')");
      const again = await openTab(page, on);
      expect(await again.evaluate("[b24.options.appGet('colour'), b24.options.userGet('page')]")).toEqual(["green", "7"]);
    });

    test("calls, lists and batches; an expired token is renewed by the host", async ({ page }) => {
      const frame = await openTab(page, on);
      await on.portal.control("expire-tokens", "POST");

      const profile = await frame.evaluate("b24.callMethod('profile').then((answer) => answer.getData().result.ID)");
      const listed = await frame.evaluate(`b24.callBatch({
          company: { method: 'crm.item.get', params: { entityTypeId: 4, id: 101 } },
          details: { method: 'crm.requisite.list', params: { filter: { ENTITY_ID: '$result[company][item][id]' } } },
        }, true).then((answer) => answer.getData().details[0].RQ_INN)`);

      expect([profile, listed]).toEqual(["1", "7701999489"]);
    });

    test("has the card reloaded after a write", async ({ page }) => {
      const frame = await openTab(page, on, "lead/details/201");
      await frame.evaluate("b24.callMethod('crm.lead.update', { id: 201, fields: { TITLE: 'Renamed', UF_CRM_INN: '7701999489' } })");

      await frame.evaluate("b24.placement.call('reloadData')");

      await expect(page.locator(".card-head h1")).toHaveText("Renamed");
      await page.locator("#tab-general").click();
      await expect(page.locator("#panel-general")).toContainText("7701999489");
    });

    test("opens paths of the portal, and is refused others", async ({ page }) => {
      const frame = await openTab(page, on);
      await frame.evaluate("window.outcome = null; void b24.slider.openPath(b24.slider.getUrl('/crm/deal/details/301/'), 950).then((answer) => { window.outcome = answer; })");
      await expect(page.locator(".slider iframe").contentFrame().locator("h1")).toHaveText("Поставка светильников");
      await page.locator(".slider-close").click();

      await expect.poll(() => frame.evaluate("JSON.stringify(window.outcome)")).toContain("isClose");
      const refused = await frame.evaluate(
        "b24.slider.openPath(b24.slider.getUrl('/settings/'), 950).then(() => 'opened', (error) => String(error.message))",
      );
      expect(refused).toContain("PATH_NOT_AVAILABLE");
    });

    test("lets people be chosen in a dialog, one or several, and items of the CRM", async ({ page }) => {
      const frame = await openTab(page, on);
      const choose = async (call: string, ...names: string[]) => {
        const answer = frame.evaluate(call);
        for (const name of names) await page.locator(".chooser label", { hasText: name }).locator("input").check();
        await page.locator(".chooser .button").first().click();
        return answer as Promise<any>;
      };

      const one = await choose("b24.dialog.selectUser()", "Тимур");
      const several = await choose("b24.dialog.selectUsers()", "Анна", "Тимур");
      const items = await choose("b24.dialog.selectCRM({ entityType: ['company', 'deal'], multiple: true, value: {} })", "Северный свет", "Детские коляски");

      expect(one).toMatchObject({ id: "7" });
      expect(several.map((user: { id: string }) => user.id)).toEqual(["1", "7"]);
      expect([items.company[0].id, items.deal[0].id]).toEqual(["CO_101", "D_304"]);
    });

    test("opens itself in a slider with parameters and closes it", async ({ page }) => {
      const frame = await openTab(page, on);
      await frame.evaluate("window.outcome = false; void b24.slider.openSliderAppPage({ reportId: 91, bx24_width: 700 }).then(() => { window.outcome = true; })");
      const inner = await ready(page, 1);
      expect(await inner.evaluate("[b24.placement.placement, b24.placement.options.reportId]")).toEqual(["DEFAULT", 91]);

      await inner.evaluate("void b24.slider.closeSliderAppPage()");

      await expect.poll(() => frame.evaluate("window.outcome")).toBe(true);
    });

    // The library's own rules, the same in all versions: once is enough.
    if (version !== "2.2.0") return;

    test("hears every occurrence of an event that it bound", async ({ page }) => {
      const frame = await openTab(page, on);
      await frame.evaluate("window.heard = []; void b24.placement.bindEvent('onCardReloaded', (payload) => window.heard.push(payload.id))");
      // What comes within the library's first 900 ms is taken for the answer to the binding.
      await frame.evaluate("new Promise((resolve) => setTimeout(resolve, 1000))");

      for (const id of ["1", "2"]) await page.evaluate((id) => (window as any).portalHost.emit("onCardReloaded", { id }), id);

      await expect.poll(() => frame.evaluate("window.heard")).toEqual(["1", "2"]);
    });

    test("does not believe a foreign frame", async ({ page }) => {
      const frame = await openTab(page, on, "company/details/101", "&fault=foreign_origin_message");
      expect(await frame.evaluate("b24.placement.placement")).toBe("CRM_COMPANY_DETAIL_TAB");
    });

    test("gives up waiting for tokens when the host is silent", async ({ page }) => {
      const frame = await openTab(page, on, "company/details/101", "&fault=refreshAuth_no_reply");
      await on.portal.control("expire-tokens", "POST");

      const outcome = await frame.evaluate("b24.callMethod('profile').then(() => 'answered', (error) => String(error.code ?? error.message))");

      expect(outcome).not.toBe("answered");
    });
  });
}

test.describe("our BX24 in a frame", () => {
  let on: Stage;
  test.beforeAll(async () => {
    on = await stage(null, `BX24.init(() => { document.getElementById("state").textContent = "ready"; })`);
  });
  test.afterAll(() => on.stop());

  test("installs, then calls, batches, pages and renews tokens", async ({ page }) => {
    await page.goto(`${on.portal.url}/marketplace/app/certlens/?lang=en`);
    const frame = await ready(page);
    await Promise.all([page.waitForURL(/install_finished=Y/), frame.evaluate("BX24.installFinish()")]);
    const installed = await ready(page);
    await on.portal.control("expire-tokens", "POST");

    const answers = await installed.evaluate(
      () =>
        new Promise((resolve) => {
          const { BX24 } = window as any;
          BX24.callMethod("crm.company.add", { fields: { TITLE: "Made", PHONE: [{ VALUE: "+7 1", VALUE_TYPE: "WORK" }] } }, (added: any) => {
            const calls = { one: ["crm.company.get", { id: added.data() }], wrong: { method: "no.such", params: {} } };
            BX24.callBatch(calls, (batch: any) =>
              resolve([batch.one.data().PHONE[0].VALUE, batch.wrong.error().ex.error, BX24.placement.info().placement, BX24.isAdmin()]),
            );
          });
        }),
    );

    expect(answers).toEqual(["+7 1", "ERROR_METHOD_NOT_FOUND", "DEFAULT", true]);
  });
});
