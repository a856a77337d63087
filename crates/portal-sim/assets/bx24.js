// The script that applications load inside a portal's frame: the legacy interface `BX24`, written from its
// documented behaviour. It speaks `cmd:JSON:KEY:SID` with empty segments kept.
"use strict";

(() => {
  if (window.BX24) return;

  const [domain, protocol, sid] = (window.name || "").split("|");
  const inFrame = Boolean(domain && sid);
  const scheme = protocol === "1" ? "https" : "http";
  const host = `${scheme}://${(domain || "").replace(/:(80|443)$/, "")}`;

  const waiting = new Map();
  let data = null; // the answer to getInitData
  let expires = 0;
  let asked = false;
  let installHandlers = [];
  let initHandlers = [];
  let readyHandlers = [];

  const newKey = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  function send(command, parameters, callback, keep = false) {
    if (!inFrame) return;
    const key = callback ? newKey() : "";
    if (callback) waiting.set(key, { callback, keep });
    const json = parameters === undefined || parameters === null ? "" : JSON.stringify(parameters);
    parent.postMessage(`${command}:${json}:${key}:${sid}`, host);
  }

  window.addEventListener("message", (event) => {
    if (event.origin !== host || typeof event.data !== "string") return;
    const colon = event.data.indexOf(":");
    if (colon < 0) return;
    const entry = waiting.get(event.data.slice(0, colon));
    if (!entry) return;
    if (!entry.keep) waiting.delete(event.data.slice(0, colon));
    const text = event.data.slice(colon + 1);
    let value;
    try {
      value = text === "" ? undefined : JSON.parse(text);
    } catch {
      return;
    }
    entry.callback(value);
  });

  const takeTokens = (tokens) => {
    data = { ...data, AUTH_ID: tokens.AUTH_ID, REFRESH_ID: tokens.REFRESH_ID };
    expires = Date.now() + Number(tokens.AUTH_EXPIRES || 0) * 1000;
  };

  function runInit() {
    const handlers = initHandlers;
    initHandlers = [];
    handlers.forEach((handler) => handler());
  }

  function begin() {
    if (asked || !inFrame) return;
    asked = true;
    send("getInitData", null, (answer) => {
      data = answer;
      takeTokens(answer);
      if (!data.FIRST_RUN) return runInit();
      send("setInstall", { install: true }, () => {
        // With install handlers, init waits for installFinish.
        if (!installHandlers.length) return runInit();
        installHandlers.forEach((handler) => handler());
        if (!data.INSTALL) runInit();
      });
    });
  }

  const whenInitialized = (action) => (data ? action() : BX24.init(action));

  // PHP's way of writing nested values in a form.
  function formOf(value, prefix, form = new URLSearchParams()) {
    if (value === null || value === undefined) {
      if (prefix) form.append(prefix, "");
    } else if (typeof value === "object") {
      for (const [name, inner] of Object.entries(value)) {
        formOf(inner, prefix ? `${prefix}[${name}]` : name, form);
      }
    } else if (prefix) {
      form.append(prefix, value === true ? "1" : value === false ? "0" : String(value));
    }
    return form;
  }

  class Result {
    constructor(answer, query) {
      this.answer = answer;
      this.query = query;
    }
    data() {
      return this.answer.result;
    }
    error() {
      if (this.answer.error === undefined) return undefined;
      const { status, error, error_description: description } = this.answer;
      return { status, ex: { error, error_description: description }, toString: () => `${error}: ${description || ""}` };
    }
    error_description() {
      return this.answer.error_description;
    }
    more() {
      return this.answer.next !== undefined;
    }
    total() {
      return Number.parseInt(this.answer.total, 10);
    }
    time() {
      return this.answer.time;
    }
    next(callback) {
      if (!this.more()) return false;
      const { method, parameters, callback: own } = this.query;
      BX24.callMethod(method, { ...parameters, start: this.answer.next }, callback || own);
      return true;
    }
  }

  async function request(method, parameters, mayRefresh = true) {
    const body = formOf({ ...parameters, auth: data.AUTH_ID });
    let answer;
    try {
      const response = await fetch(`${host}${data.PATH || "/rest"}/${encodeURIComponent(method)}.json`, {
        method: "POST",
        body,
      });
      answer = await response.json().catch(() => ({ error: "ERROR_UNEXPECTED_ANSWER" }));
      if (answer.error !== undefined) answer.status = response.status;
    } catch {
      answer = { error: "ERROR_NETWORK", error_description: "", status: 0 };
    }
    if (answer.error === "expired_token" && mayRefresh) {
      await new Promise((resolve) => BX24.refreshAuth(resolve));
      return request(method, parameters, false);
    }
    return answer;
  }

  const option = (place, command) => ({
    get: (name) => data?.[place]?.[name],
    set: (name, value, callback) => {
      if (data) data[place] = { ...data[place], [name]: value };
      send(command, { name, value }, callback || (() => {}));
    },
  });

  const scrollSize = () => {
    const root = document.documentElement;
    const body = document.body;
    return {
      scrollWidth: Math.max(root.scrollWidth, root.offsetWidth),
      scrollHeight: Math.max(body ? body.scrollHeight : 0, body ? body.offsetHeight : 0, root.offsetHeight),
    };
  };

  const BX24 = {
    init(callback) {
      if (callback) {
        if (data) return callback();
        initHandlers.push(callback);
      }
      begin();
    },
    install(handler) {
      installHandlers.push(typeof handler === "string" ? () => location.assign(handler) : handler);
      begin();
    },
    installFinish() {
      whenInitialized(() => data.INSTALL && send("setInstallFinish", null, () => {}));
    },
    getAuth() {
      if (!data || !data.AUTH_ID || expires <= Date.now()) return false;
      return {
        access_token: data.AUTH_ID,
        refresh_token: data.REFRESH_ID,
        expires_in: expires,
        domain: data.DOMAIN,
        member_id: data.MEMBER_ID,
      };
    },
    refreshAuth(callback) {
      send("refreshAuth", null, (tokens) => {
        takeTokens(tokens);
        callback?.(BX24.getAuth());
      });
    },
    callMethod(method, parameters, callback) {
      whenInitialized(async () => {
        const answer = await request(method, parameters || {});
        callback?.(new Result(answer, { method, parameters, callback }));
      });
    },
    callBatch(calls, callback, haltOnError = false) {
      whenInitialized(async () => {
        const named = Object.entries(calls).map(([key, call]) =>
          Array.isArray(call) ? [key, call[0], call[1]] : [key, call.method, call.params],
        );
        const cmd = Object.fromEntries(
          named.map(([key, method, parameters]) => [key, `${method}?${formOf(parameters || {})}`]),
        );
        const answer = await request("batch", { halt: haltOnError ? 1 : 0, cmd });
        if (answer.error !== undefined) return callback?.(new Result(answer, {}));
        const results = Array.isArray(calls) ? [] : {};
        for (const [key, method, parameters] of named) {
          const error = answer.result.result_error?.[key];
          const result = answer.result.result?.[key];
          if (error === undefined && result === undefined) continue;
          const one = error
            ? { ...error }
            : { result, total: answer.result.result_total?.[key], next: answer.result.result_next?.[key] };
          results[key] = new Result(one, { method, parameters, callback });
        }
        callback?.(results);
      });
    },
    callBind(event, handler, authType, callback) {
      BX24.callMethod("event.bind", { event, handler, auth_type: authType }, callback);
    },
    callUnbind(event, handler, authType, callback) {
      BX24.callMethod("event.unbind", { event, handler, auth_type: authType }, callback);
    },
    userOption: option("USER_OPTIONS", "setUserOption"),
    appOption: option("APP_OPTIONS", "setAppOption"),
    selectUser: (callback) => send("selectUser", { mult: false }, callback),
    selectUsers: (callback) => send("selectUser", { mult: true }, callback),
    selectAccess: (...given) => send("selectAccess", { value: given.length > 1 ? given[0] : [] }, given.at(-1)),
    selectCRM: (parameters, callback) => send("selectCRM", parameters, callback),
    resizeWindow: (width, height, callback) => send("resizeWindow", { width, height }, callback || (() => {})),
    fitWindow: (callback) => BX24.resizeWindow("100%", scrollSize().scrollHeight, callback),
    reloadWindow: (callback) => send("reloadWindow", null, callback || (() => {})),
    setTitle: (title, callback) => send("setTitle", { title: String(title) }, callback || (() => {})),
    scrollParentWindow: (scroll, callback) => send("setScroll", { scroll }, callback || (() => {})),
    getScrollSize: scrollSize,
    openApplication: (parameters, callback) => send("openApplication", parameters || {}, callback || (() => {})),
    closeApplication: (callback) => send("closeApplication", null, callback || (() => {})),
    openPath: (path, callback) => send("openPath", { path }, callback || (() => {})),
    isAdmin: () => Boolean(data?.IS_ADMIN),
    getLang: () => data?.LANG,
    getDomain: () => (data ? data.DOMAIN : domain),
    isReady: () => document.readyState !== "loading",
    ready(callback) {
      if (BX24.isReady()) setTimeout(callback, 0);
      else readyHandlers.push(callback);
    },
    bind: (element, event, handler) => element.addEventListener(event, handler),
    unbind: (element, event, handler) => element.removeEventListener(event, handler),
    proxy: (method, context) => method.bind(context),
    proxyContext: () => null,
    loadScript(files, callback) {
      const list = [].concat(files);
      const one = (index) => {
        if (index >= list.length) return callback?.();
        const script = Object.assign(document.createElement("script"), { src: list[index], onload: () => one(index + 1) });
        document.head.append(script);
      };
      one(0);
    },
    im: {
      callTo: (userId, video) => send("imCallTo", { userId, video }),
      phoneTo: (phone) => send("imPhoneTo", { phone }),
      openMessenger: (dialogId) => send("imOpenMessenger", { dialogId }),
      openHistory: (dialogId) => send("imOpenHistory", { dialogId }),
    },
    placement: {
      info: () => ({ placement: data?.PLACEMENT, options: data?.PLACEMENT_OPTIONS }),
      getInterface: (callback) => send("getInterface", null, callback),
      call: (command, parameters, callback) => send(command, parameters, callback || (() => {})),
      bindEvent: (event, callback) => send("placementBindEvent", { event }, callback, true),
    },
  };

  document.addEventListener("DOMContentLoaded", () => {
    const handlers = readyHandlers;
    readyHandlers = [];
    handlers.forEach((handler) => handler());
  });

  window.BX24 = BX24;
})();
