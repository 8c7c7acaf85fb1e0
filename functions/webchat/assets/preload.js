// The first script of a webchat page. It exchanges the handoff in the page's address for the attributes of the link,
// passes them to the widget through window.openDialogSettings, and then loads the widget:
//
//   <script src="https://API/webchat/preload.js" data-widget="https://…/opendialog-bot.js"></script>
//
// For a link with a limited number of uses it first shows a button; data-continue is the text of the button.
// data-user-id-field is the member of the settings in which the widget expects the user id, besides user_id.
//
// A page that loads its widget itself omits data-widget and awaits window.openDialogPreload, a promise that resolves
// with the response, or with null without one. It never rejects.
(() => {
  "use strict";
  if (window.openDialogPreload) return; // The page has this script twice.

  const TIMEOUT = 3000; // The widget never waits longer, in milliseconds.
  const WAITS = [200, 400, 800]; // Before each repeat of an exchange that stayed without an answer.
  const FIELDS = ["first_name", "last_name", "email", "external_id"]; // The widget's own; the rest is custom.
  const KEY = "openDialogPreload"; // In sessionStorage: first the handoff and its nonce, later the answer.
  const WIDGET = /\/opendialog-(bot|webchat)[^/?]*(\?|$)/; // OpenDialog's own builds, by the last part of their address.

  const CONTINUE = { en: "Continue to the chat", fr: "Continuer vers le chat", de: "Weiter zum Chat", es: "Continuar al chat" };

  const once = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
  const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const warn = (reason) => console.warn(`openDialogPreload: ${reason}`);

  const script = document.currentScript;
  const handoff = takeHandoff();
  const settings = prepareSettings();
  const held = new Set(); // The widgets' scripts whose start waits for the settings.
  const release = holdWidgets();
  window.openDialogPreload = settings.then((answer) => {
    loadWidget();
    if (answer) warnAboutEarlyWidgets();
    return answer || null;
  });

  async function prepareSettings() {
    const kept = findKept();
    if (kept.handoff) await aPerson(kept.handoff);
    const timeout = wait(TIMEOUT);
    const answer = await Promise.race([kept.handoff ? exchange(kept) : kept.answer, timeout]);
    if (answer === undefined) warn("no answer within three seconds; going on without it");
    await Promise.race([pageIsParsed(), timeout]);
    try {
      if (answer) fillSettings(answer);
    } catch {
      warn("window.openDialogSettings is of a kind that cannot be filled");
    }
    return answer;
  }

  // Takes the handoff out of address bar and history. Whatever else the fragment holds stays as it is.
  function takeHandoff() {
    const isHandoff = (part) => part.startsWith("handoff=");
    const parts = location.hash.slice(1).split("&");
    const found = parts.find(isHandoff);
    if (found === undefined) return "";
    const address = new URL(location.href);
    address.hash = parts.filter((part) => !isHandoff(part)).join("&");
    history.replaceState(history.state, "", address.href);
    return found.slice("handoff=".length);
  }

  // A new handoff comes first, then one that is still without an answer, then the answer from before a reload.
  function findKept() {
    const kept = recall();
    if (handoff && handoff !== kept.handoff) {
      const pending = { handoff, nonce: makeNonce() };
      keep(pending);
      return pending;
    }
    if (kept.handoff) return kept;
    return { answer: Date.parse(kept.expires_at) > Date.now() ? kept : null };
  }

  // A link with a number of uses waits for a person, so that a scanner that runs scripts uses nothing up. The handoff
  // says so in its payload; whether it is genuine is the server's business.
  async function aPerson(handoff) {
    if (document.prerendering) await once(document, "prerenderingchange");
    let asks = false;
    try {
      asks = JSON.parse(atob(handoff.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).ask === true;
    } catch {
      // Not one of ours: the exchange will say so.
    }
    if (!asks) return;
    await pageIsParsed();
    const button = document.createElement("button");
    button.type = "button";
    button.id = "opendialog-continue";
    button.textContent = script.dataset.continue || CONTINUE[navigator.language.slice(0, 2)] || CONTINUE.en;
    const dialog = document.createElement("dialog");
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.setAttribute("aria-labelledby", button.id);
    Object.assign(dialog.style, { border: "0", borderRadius: "1rem", padding: "1.5rem" }); // Allowed by a strict CSP.
    Object.assign(button.style, { font: "600 1.125rem/1.5 system-ui, sans-serif", padding: "0.75rem 2rem" });
    dialog.append(button);
    document.body.append(dialog);
    dialog.showModal();
    while (!(await once(button, "click")).isTrusted); // Scripts can click, too.
    dialog.remove();
  }

  // The first nonce owns the handoff and the same nonce gets the same answer: to ask again is harmless. An answer that
  // comes too late for this widget is kept for the next load.
  async function exchange(pending) {
    let reply = await ask(pending);
    for (const pause of WAITS) {
      if (!reply.again) break;
      await wait(pause);
      reply = await ask(pending);
    }
    const { answer, again, reason } = reply;
    if (!again) keep(answer || {}); // Answered, or refused for good.
    if (!answer) warn(reason);
    return answer || null;
  }

  async function ask({ handoff, nonce }) {
    let response;
    try {
      response = await fetch(new URL("exchange", script.src), {
        method: "POST",
        body: JSON.stringify({ handoff, nonce }), // A string is sent as text/plain, which needs no preflight.
        credentials: "omit",
        cache: "no-store",
        referrerPolicy: "no-referrer",
      });
    } catch {
      return { again: true, reason: "the exchange could not be reached" };
    }
    const body = await response.json().catch(() => null); // The error may quote the answer, so nobody gets to see it.
    if (response.ok) return { answer: body, again: !body, reason: "the answer was cut off" };
    const sentences = new Set([body?.message, body?.detail].filter(Boolean));
    const again = response.status >= 500 || response.status === 429;
    return { again, reason: [`refused with ${response.status}.`, ...sentences].join(" ") };
  }

  // What the page set stays. Spreading and fromEntries only ever make own properties, also of one named __proto__.
  function fillSettings({ user_id, attributes }) {
    const idField = script.dataset.userIdField || "user_id";
    const ofWidget = ([name]) => FIELDS.includes(name) && name !== idField;
    const entries = Object.entries(attributes);
    const fields = Object.fromEntries(entries.filter(ofWidget));
    const custom = Object.fromEntries(entries.filter((entry) => !ofWidget(entry)));
    const settings = window.openDialogSettings || {};
    const { user } = settings;
    settings.user = { user_id, ...fields, [idField]: user_id, ...user, custom: { ...custom, ...user?.custom } };
    window.openDialogSettings = settings;
  }

  function loadWidget() {
    if (!script.dataset.widget) return;
    const { onload } = window;
    const widget = document.createElement("script");
    widget.src = script.dataset.widget;
    widget.nonce = script.nonce; // For pages whose content security policy goes by nonces.
    held.add(widget);
    widget.addEventListener("error", release);
    widget.addEventListener("load", () => {
      release();
      if (window.onload !== onload && isOver("load")) window.onload?.(new Event("load"));
    });
    document.head.append(widget);
  }

  // Widgets start when DOMContentLoaded or load fires. Both are over when this script loads a widget, and too early for a
  // widget in the page's own HTML. So a listener that a widget's script adds for them is called as soon as the event is
  // over and the settings are filled. Every other listener goes to the browser's own function.
  function holdWidgets() {
    const add = EventTarget.prototype.addEventListener;
    const hold = function (type, listener, options) {
      const target = this || window;
      const starts = (type === "DOMContentLoaded" || type === "load") && (target === window || target === document);
      const widget = document.currentScript;
      if (!starts || !listener || !isWidget(widget)) return add.call(target, type, listener, options);
      held.add(widget);
      const event = isOver(type)
        ? new Event(type)
        : new Promise((resolve) => add.call(target, type, resolve, { once: true }));
      Promise.all([event, settings]).then(([event]) => {
        if (typeof listener === "function") listener.call(target, event);
        else listener.handleEvent(event);
      });
    };
    EventTarget.prototype.addEventListener = hold;
    return () => {
      if (EventTarget.prototype.addEventListener === hold) EventTarget.prototype.addEventListener = add;
    };
  }

  function isWidget(candidate) {
    return held.has(candidate) || WIDGET.test(candidate?.src);
  }

  // Also while its listeners are being called: one that is added then is not called any more.
  function isOver(type) {
    const [timing] = performance.getEntriesByType("navigation");
    return (type === "load" ? timing?.loadEventStart : timing?.domContentLoadedEventStart) > 0;
  }

  // A widget in the page's HTML that did not wait has read the settings already. The SDK starts when the page calls it.
  async function warnAboutEarlyWidgets() {
    if (!isOver("load")) await once(window, "load");
    const { url, sdkEnabled } = window.openDialogSettings;
    if (!url || sdkEnabled) return;
    for (const early of document.scripts) {
      if (isWidget(early) && !held.has(early)) {
        warn(`${early.src} started before the attributes of the link were there; name it in data-widget instead`);
      }
    }
  }

  // By then the page's own scripts have set window.openDialogSettings.
  function pageIsParsed() {
    return document.readyState === "loading" ? once(document, "DOMContentLoaded") : Promise.resolve();
  }

  function makeNonce() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  }

  function recall() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY)) || {};
    } catch {
      return {};
    }
  }

  function keep(value) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(value));
    } catch {
      // Storage is blocked or full: then a reload greets nobody.
    }
  }
})();
