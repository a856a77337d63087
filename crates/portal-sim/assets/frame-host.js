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

  const commands = {
    getInitData(frame, _parameters, key) {
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
      reply(frame, key, await api("refresh-auth", {}));
    },
    getInterface(frame, _parameters, key) {
      const isTab = /_DETAIL_TAB$/.test(frame.init.PLACEMENT);
      reply(frame, key, { command: isTab ? ["reloadData"] : [], event: [] });
    },
    placementBindEvent(frame, parameters, key) {
      if (parameters?.event) frame.events.set(parameters.event, key);
    },
    reloadData(_frame, _parameters) {
      location.reload();
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
      const heading = document.querySelector(".card-head h1");
      if (heading && frame.init.PLACEMENT === "DEFAULT") heading.textContent = String(parameters?.title ?? "");
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
      const options = Object.fromEntries(
        Object.entries(parameters ?? {}).filter(([name]) => !name.startsWith("bx24_")),
      );
      const slider = openSlider(() => reply(frame, key));
      const opened = await openFrame(slider.body, { opening: "main", options }, slider);
      if (opened) slider.sid = opened.sid;
    },
    closeApplication(frame, _parameters, key) {
      frame.slider?.close();
      reply(frame, key);
    },
    openPath(frame, parameters, key) {
      const target = new URL(String(parameters?.path ?? ""), location.origin);
      const allowed =
        target.origin === location.origin &&
        /^\/(crm\/(deal|lead|contact|company|type)\/|marketplace\/|company\/personal\/user\/\d+\/|workgroups\/group\/\d+\/)/.test(
          target.pathname,
        );
      if (!allowed) {
        reply(frame, key, { result: "error", errorCode: "PATH_NOT_AVAILABLE" });
        return;
      }
      target.searchParams.set("from", "rest_placement");
      const slider = openSlider(() => reply(frame, key, { result: "close" }));
      const page = document.createElement("iframe");
      page.className = "application application-page";
      page.src = target.href;
      slider.body.append(page);
    },
    async selectUser(frame, parameters, key) {
      const [first] = await api("users");
      reply(frame, key, parameters?.mult ? [first] : first);
    },
    selectAccess(frame, _parameters, key) {
      reply(frame, key, []);
    },
    selectCRM(frame, _parameters, key) {
      reply(frame, key, { lead: [], deal: [], company: [], contact: [] });
    },
  };

  function openSlider(onClose) {
    const slider = document.createElement("div");
    slider.className = "slider";
    const body = document.createElement("div");
    body.className = "slider-body";
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "slider-close",
      textContent: "×",
    });
    slider.append(button, body);
    document.body.append(slider);
    const opened = {
      body,
      sid: null,
      close() {
        if (opened.sid) frames.delete(opened.sid);
        slider.remove();
        onClose();
      },
    };
    button.addEventListener("click", opened.close);
    return opened;
  }

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
      fault: card.dataset.fault,
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
