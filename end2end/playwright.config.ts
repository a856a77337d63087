// Real browser, real engines, the portal's own card around our frame. `cargo xtask test` starts everything that these
// tests need and tells its addresses by environment variables; see tests/stack.ts.
import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";

// The fonts that setup installs, and no others: pictures must not depend on what else the machine has.
const fonts = fileURLToPath(new URL("fonts.conf", import.meta.url));

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: true,
  workers: 2,
  retries: 0,
  timeout: 60_000,
  snapshotPathTemplate: "snapshots/{arg}{ext}",
  expect: {
    timeout: 15_000,
    // Another version of the browser draws edges a little differently; a changed colour or place is far more than that.
    toHaveScreenshot: { maxDiffPixelRatio: 0.005, animations: "disabled", caret: "hide", scale: "css" },
  },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    headless: true,
    viewport: { width: 1280, height: 900 },
    locale: "ru-RU",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.E2E_CHROMIUM ?? "/usr/bin/chromium",
      env: { ...(process.env as Record<string, string>), FONTCONFIG_FILE: fonts },
      args: [
        "--font-render-hinting=none",
        "--disable-lcd-text",
        "--force-color-profile=srgb",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
