// A portal of its own for a test: the simulator's program on a free port, and an application of static pages.
import { type ChildProcess, spawn } from "node:child_process";
import dns from "node:dns";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

const built = process.env.CARGO_TARGET_DIR || fileURLToPath(new URL("../../target", import.meta.url));
const program = process.env.E2E_PORTAL_SIM ?? `${built}/debug/portal-sim`;

export const clientId = "app.certlens.demo";
export const clientSecret = "a-secret-of-the-test";

// Browsers know that `*.localhost` is this machine; Node leaves it to the system, which often doesn't.
const lookup = dns.lookup;
dns.lookup = ((name: string, options: unknown, callback?: unknown) => {
  const local = name === "localhost" || name.endsWith(".localhost");
  return (lookup as (...given: unknown[]) => unknown)(local ? "127.0.0.1" : name, options, callback);
}) as typeof dns.lookup;

export interface Portal {
  url: string;
  authorization: string;
  /** Asks the control interface. */
  control(path: string, method?: "GET" | "POST"): Promise<any>;
  stop(): void;
}

/** Starts a portal whose application is at `appUrl`. */
export async function startPortal(appUrl: string, more: string[] = []): Promise<Portal> {
  const options = ["--listen", "127.0.0.1:0", "--app-url", appUrl, "--client-id", clientId];
  const child: ChildProcess = spawn(program, [...options, "--client-secret", clientSecret, ...more], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, RUST_LOG: "warn" },
  });
  const line = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`portal-sim ended with ${code}`)));
    child.stdout?.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) resolve(text);
    });
  });
  const [, url, authorization] = /portal (\S+) authorization (\S+)/.exec(line) ?? [];
  if (!url || !authorization) throw new Error(`portal-sim said ${JSON.stringify(line)}`);
  return {
    url,
    authorization,
    async control(path, method = "GET") {
      const response = await fetch(`${url}/__sim/${path}`, { method });
      const text = await response.text();
      if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
      return text === "" ? null : JSON.parse(text);
    },
    stop: () => void child.kill(),
  };
}

export interface Application {
  url: string;
  stop(): void;
}

/** Serves an application: one page for every address, and scripts by path. */
export async function startApplication(page: string, scripts: Record<string, string>): Promise<Application> {
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://app.localhost").pathname;
    const script = scripts[path];
    request.resume();
    response.setHeader("content-type", script === undefined ? "text/html; charset=utf-8" : "text/javascript; charset=utf-8");
    response.end(script ?? page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://app.localhost:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The tokens of a page opening, without a browser. */
export async function tokens(portal: Portal): Promise<{ access: string; refresh: string; memberId: string }> {
  const form = await portal.control("frame?entity=company&id=101");
  const field = (name: string) => form.fields.find(([known]: [string, string]) => known === name)?.[1] ?? "";
  return { access: field("AUTH_ID"), refresh: field("REFRESH_ID"), memberId: field("member_id") };
}
