// The host side of the frame protocol: opens an application's page in a frame by a form POST, and answers its
// messages. Only messages from the frame's own window, origin and rendering (SID) are heard; all others are
// ignored in silence, as an unknown command is.
"use strict";

(() => {
  const frames = new Map(); // by SID: { iframe, origin, init, events, slider }

  const api = async (path, body) => {
    const response = await fetch(`/portal-api/${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.status === 204 ? null : response.json();
  };

  const hidden = (name, value) =>
    Object.assign(document.createElement("input"), { type: "hidden", name, value });

  // Creates the frame and POSTs the hidden form into it by its name.
  async function openFrame(container, wish, slider = null) {
    let opened;
    try {
      opened = await api("frame", wish);
    } catch {
      container.replaceChildren(
        Object.assign(document.createElement("p"), {
          className: "loading",
          textContent: document.body.dataset.failed,
        }),
      );
      return null;
    }
    if (wish.options) opened.init.PLACEMENT_OPTIONS = wish.options;
    const iframe = document.createElement("iframe");
    iframe.name = opened.name;
    iframe.title = container.dataset.title || document.title;
    iframe.className = "application";
    iframe.allow = "clipboard-write";
    container.append(iframe);
    const frame = { iframe, origin: new URL(opened.action).origin, init: opened.init, events: new Map(), slider };
    frames.set(opened.sid, frame);

    const form = document.createElement("form");
    form.method = "post";
    form.action = opened.action;
    form.target = opened.name;
    form.hidden = true;
    for (const [name, value] of opened.fields) {
      if (name === "PLACEMENT_OPTIONS" && wish.options) continue;
      form.append(hidden(name, value));
    }
    if (wish.options) form.append(hidden("PLACEMENT_OPTIONS", JSON.stringify(wish.options)));
    document.body.append(form);
    iframe.addEventListener("load", () => container.querySelector(".loading")?.remove(), { once: true });
    form.submit();
    form.remove();
    return { sid: opened.sid, frame };
  }

  const reply = (frame, key, value) => {
    if (!key) return;
    const text = value === undefined ? "" : JSON.stringify(value);
    frame.iframe.contentWindow?.postMessage(`${key}:${text}`, frame.origin);
  };

  // `cmd:JSON:KEY:SID`; the JSON may hold colons, and may be left out together with its own.
  function parse(data) {
    if (data && typeof data === "object" && typeof data.method === "string") {
      return { command: data.method, parameters: data.params, key: data.callback, sid: data.appSid };
    }
    if (typeof data !== "string") return null;
    const first = data.indexOf(":");
    const last = data.lastIndexOf(":");
    if (first < 0 || first === last) return null;
    const sid = data.slice(last + 1);
    const rest = data.slice(first + 1, last);
    const middle = rest.lastIndexOf(":");
    const key = rest.slice(middle + 1);
    let parameters;
    if (middle > 0) {
      try {
        parameters = JSON.parse(rest.slice(0, middle));
      } catch {
        return null;
      }
    }
    return { command: data.slice(0, first), parameters, key, sid };
  }

  // Named faults of the host itself; the others spoil the POST and are the server's.
  const hostFaults = new Set(["refreshAuth_no_reply", "foreign_origin_message"]);
  const hasFault = (name) => document.querySelector(".card")?.dataset.fault === name;

  // Another site's frame on the page says what the host should: the application must not believe it.
  function forgeReply(frame, key, value) {
    const index = Array.from(document.querySelectorAll("iframe")).indexOf(frame.iframe);
    const forger = Object.assign(document.createElement("iframe"), { hidden: true });
    forger.sandbox = "allow-scripts";
    forger.srcdoc = `<script>parent[${index}].postMessage(${JSON.stringify(`${key}:${JSON.stringify(value)}`)}, "*")</script>`;
    document.body.append(forger);
    setTimeout(() => forger.remove(), 2000);
    return new Promise((resolve) => setTimeout(resolve, 400));
  }

  // The card's own content anew, with the application's frames left alone.
  async function reloadCard() {
    const response = await fetch(location.href.split("#")[0]);
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const selector of [".card-head", ".stages", "#panel-general"]) {
      const [now, then] = [document.querySelector(selector), fresh.querySelector(selector)];
      if (now && then) now.innerHTML = then.innerHTML;
    }
  }

  const allowedPath =
    /^\/(crm\/(deal|lead|contact|company|type)\/|marketplace\/|company\/personal\/user\/\d+\/|workgroups\/group\/\d+\/)/;

  const commands = {
    async getInitData(frame, _parameters, key) {
      if (hasFault("foreign_origin_message")) {
        await forgeReply(frame, key, { ...frame.init, AUTH_ID: "forged", IS_ADMIN: true, PLACEMENT: "FORGED" });
      }
      reply(frame, key, frame.init);
      frame.init = { ...frame.init, FIRST_RUN: false };
    },
    async setInstall(frame, parameters, key) {
      await api("acquainted", {});
      reply(frame, key, parameters ?? { install: true });
    },
    async setInstallFinish() {
      const { finished } = await api("install-finish", {});
      const address = new URL(location.href);
      address.searchParams.set("install_finished", finished ? "Y" : "N");
      location.assign(address);
    },
    async refreshAuth(frame, _parameters, key) {
      if (hasFault("refreshAuth_no_reply")) return;
      reply(frame, key, await api("refresh-auth", {}));
    },
    getInterface(frame, _parameters, key) {
      const isTab = /_DETAIL_TAB$/.test(frame.init.PLACEMENT);
      reply(frame, key, { command: isTab ? ["reloadData"] : [], event: isTab ? ["onCardReloaded"] : [] });
    },
    // No acknowledgement: the key is remembered, each occurrence answers under it.
    placementBindEvent(frame, parameters, key) {
      if (parameters?.event) frame.events.set(parameters.event, key);
    },
    async reloadData(frame, _parameters, key) {
      if (!document.querySelector("#panel-general")) return;
      await reloadCard();
      reply(frame, key);
      emit("onCardReloaded", { id: frame.init.PLACEMENT_OPTIONS?.ID });
    },
    resizeWindow(frame, parameters, key) {
      const height = Number(parameters?.height);
      if (height > 0) frame.iframe.style.height = `${Math.ceil(height)}px`;
      if (parameters?.width && parameters.width !== "100%") {
        frame.iframe.style.maxWidth = `${Number.parseInt(parameters.width, 10)}px`;
      }
      reply(frame, key, { width: frame.iframe.offsetWidth, height: frame.iframe.offsetHeight });
    },
    setTitle(frame, parameters, key) {
      const title = String(parameters?.title ?? "");
      const heading = frame.slider ? frame.slider.heading : document.querySelector(".card-head h1");
      if (heading && frame.init.PLACEMENT === "DEFAULT") heading.textContent = title;
      reply(frame, key, parameters);
    },
    setScroll(frame, parameters, key) {
      window.scrollTo({ top: Number(parameters?.scroll) || 0 });
      reply(frame, key, parameters);
    },
    reloadWindow() {
      location.reload();
    },
    async setUserOption(frame, parameters, key) {
      await api("user-option", { name: String(parameters?.name), value: parameters?.value ?? null });
      reply(frame, key, parameters);
    },
    async setAppOption(frame, parameters, key) {
      if (!frame.init.IS_ADMIN) return;
      await api("app-option", { name: String(parameters?.name), value: parameters?.value ?? null });
      reply(frame, key, parameters);
    },
    async openApplication(frame, parameters, key) {
      const given = Object.entries(parameters ?? {});
      const options = Object.fromEntries(given.filter(([name]) => !name.startsWith("bx24_")));
      const slider = openSlider(() => reply(frame, key), {
        title: parameters?.bx24_title,
        width: parameters?.bx24_width,
        label: parameters?.bx24_label?.text,
      });
      const opened = await openFrame(slider.body, { opening: "main", options }, slider);
      if (opened) slider.sid = opened.sid;
    },
    closeApplication(frame, _parameters, key) {
      frame.slider?.close();
      reply(frame, key);
    },
    openPath(frame, parameters, key) {
      // The odd `/crm/type/0/details/0/../..` only chooses the slider's width; the address is what remains of it.
      const target = new URL(String(parameters?.path ?? ""), location.origin);
      if (target.origin !== location.origin || !allowedPath.test(target.pathname)) {
        reply(frame, key, { result: "error", errorCode: "PATH_NOT_AVAILABLE" });
        return;
      }
      target.searchParams.set("from", "rest_placement");
      target.searchParams.set("from_app", "41");
      target.searchParams.set("IFRAME", "Y");
      const slider = openSlider(() => reply(frame, key, { result: "close" }), {});
      const page = document.createElement("iframe");
      page.className = "application application-page";
      page.title = target.pathname;
      page.src = target.href;
      slider.body.append(page);
    },
    // Who closes a dialog without a choice gets no answer, as on a real portal.
    async selectUser(frame, parameters, key) {
      const users = await api("choice?of=users");
      const chosen = await choose("users", [{ title: "", rows: users }], Boolean(parameters?.mult));
      if (chosen) reply(frame, key, parameters?.mult ? chosen : chosen[0]);
    },
    async selectAccess(frame, parameters, key) {
      const had = new Set([].concat(parameters?.value ?? []));
      const rows = await api("choice?of=access");
      const chosen = await choose("access", [{ title: "", rows, had }], true);
      if (chosen) reply(frame, key, chosen.map(({ id, name }) => ({ id, name })));
    },
    async selectCRM(frame, parameters, key) {
      const types = [].concat(parameters?.entityType ?? ["lead", "contact", "company", "deal"]);
      const groups = [];
      for (const type of types) groups.push({ title: type, rows: await api(`choice?of=${encodeURIComponent(type)}`) });
      const chosen = await choose("items", groups, Boolean(parameters?.multiple));
      if (!chosen) return;
      const buckets = Object.fromEntries(types.map((type) => [type, []]));
      for (const type of types) {
        const rows = chosen.filter((row) => row.type === type);
        if (rows.length) buckets[type] = Object.fromEntries(rows.map((row, index) => [index, row]));
      }
      reply(frame, key, buckets);
    },
    imCallTo() {},
    imPhoneTo() {},
    imOpenMessenger() {},
    imOpenHistory() {},
  };

  // An occurrence of an event that placements may have bound.
  function emit(name, payload) {
    for (const frame of frames.values()) {
      const key = frame.events.get(name);
      if (key !== undefined) reply(frame, key, payload);
    }
  }

  const element = (tag, attributes, ...children) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...children);
    return made;
  };

  // A dialog with rows to choose from; the chosen rows, or nothing when it is closed.
  function choose(what, groups, multiple) {
    const words = document.body.dataset;
    const dialog = element("dialog", { className: "chooser" });
    const search = element("input", { type: "search", placeholder: words.search, ariaLabel: words.search });
    const list = element("div", { className: "chooser-rows" });
    const chosen = new Map();
    const entries = [];
    for (const group of groups) {
      if (group.title) list.append(element("h3", { textContent: words[group.title] ?? group.title }));
      for (const row of group.rows) {
        const box = element("input", { type: multiple ? "checkbox" : "radio", name: "choice", value: row.id });
        box.checked = group.had?.has(row.id) ?? false;
        if (box.checked) chosen.set(row.id, row);
        box.addEventListener("change", () => {
          if (!multiple) chosen.clear();
          if (box.checked) chosen.set(row.id, row);
          else chosen.delete(row.id);
          accept.disabled = chosen.size === 0;
        });
        const label = element("label", {}, box, element("span", {}, row.name ?? row.title, element("small", { textContent: row.position ?? row.desc ?? "" })));
        entries.push([label, (row.name ?? row.title).toLowerCase()]);
        list.append(label);
      }
    }
    search.addEventListener("input", () => {
      for (const [label, name] of entries) label.hidden = !name.includes(search.value.toLowerCase());
    });
    const accept = element("button", { type: "button", className: "button", textContent: words.choose, disabled: chosen.size === 0 });
    const cancel = element("button", { type: "button", className: "button quiet", textContent: words.cancel });
    dialog.append(element("h2", { textContent: words[`choose_${what}`] }), search, list, element("footer", {}, accept, cancel));
    document.body.append(dialog);
    dialog.showModal();
    return new Promise((resolve) => {
      const end = (value) => {
        dialog.remove();
        resolve(value);
      };
      accept.addEventListener("click", () => end([...chosen.values()]));
      cancel.addEventListener("click", () => end(null));
      dialog.addEventListener("cancel", () => end(null));
    });
  }

  function openSlider(onClose, { title, width, label }) {
    const heading = element("h2", { textContent: title ?? "" });
    const body = element("div", { className: "slider-body" });
    const button = element("button", { type: "button", className: "slider-close", textContent: "×", ariaLabel: document.body.dataset.cancel });
    const slider = element("div", { className: "slider" }, button, heading, body);
    if (label) slider.append(element("span", { className: "slider-label", textContent: String(label) }));
    if (Number(width) > 0) slider.style.left = `max(0px, calc(100% - ${Number(width)}px))`;
    document.body.append(slider);
    let open = true;
    const opened = {
      body,
      heading,
      sid: null,
      close() {
        if (!open) return;
        open = false;
        if (opened.sid) frames.delete(opened.sid);
        slider.remove();
        onClose();
      },
    };
    button.addEventListener("click", opened.close);
    return opened;
  }

  // For the console and for tests: what the portal's own scripts would do.
  window.portalHost = { emit, closeSlider: () => document.querySelector(".slider-close")?.click() };

  window.addEventListener("message", (event) => {
    const message = parse(event.data);
    const frame = message && frames.get(message.sid);
    if (!frame || event.source !== frame.iframe.contentWindow || event.origin !== frame.origin) return;
    const command = Object.hasOwn(commands, message.command) ? commands[message.command] : null;
    // A host that fails says nothing, as the real one does.
    Promise.resolve(command?.(frame, message.parameters, message.key)).catch(() => {});
  });

  // Tabs: an application's page is loaded when its tab is opened for the first time.
  function load(panel) {
    if (panel.dataset.loaded) return;
    panel.dataset.loaded = "1";
    const card = panel.closest(".card");
    openFrame(panel, {
      opening: panel.dataset.opening,
      entity: card.dataset.entity,
      id: card.dataset.id ? Number(card.dataset.id) : undefined,
      handler: panel.dataset.handler,
      fault: hostFaults.has(card.dataset.fault) ? undefined : card.dataset.fault,
      options: panel.dataset.options ? JSON.parse(panel.dataset.options) : undefined,
    });
  }

  function show(tab) {
    const panel = document.getElementById(`panel-${tab}`);
    if (!panel) return;
    for (const button of document.querySelectorAll(".tab")) {
      button.setAttribute("aria-selected", String(button.dataset.tab === tab));
    }
    for (const other of document.querySelectorAll(".tab-panel")) other.hidden = other !== panel;
    if (panel.dataset.opening) load(panel);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".tab");
    if (!button) return;
    history.replaceState(null, "", `#tab=${button.dataset.tab}`);
    show(button.dataset.tab);
  });

  const named = /^#tab=([\w-]+)$/.exec(location.hash)?.[1];
  if (named) show(named);
  for (const panel of document.querySelectorAll(".tab-panel[data-opening]:not([hidden])")) load(panel);
})();
