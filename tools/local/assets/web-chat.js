// The widget of the page to try links on. It greets the user by the link's attributes, and sends messages in the format of
// OpenDialog's own webchat. Everything from outside is shown as text, never as HTML.
(() => {
  "use strict";

  const RECEIVED = "Received. This page only tries links out; no chatbot answers here.";
  const LINKED = "A personal link opened this page. What you write here is stored as your conversation.";
  const NOT_LINKED =
    "No personal link opened this page, or the link could not be read. Messages are only stored on a page that was " +
    "opened by a personal link.";
  const NOT_REACHED = "The message may not have arrived.";

  const element = (id) => document.getElementById(id);
  const input = element("message");
  const button = document.querySelector("#composer button");
  let sending = Promise.resolve(); // One message after the other, so that they are stored in their order.

  window.openDialogPreload.then(start);

  function start(answer) {
    element("notice").textContent = answer ? LINKED : NOT_LINKED;
    showAttributes(Object.entries(answer ? answer.attributes : {}));
    if (!answer) return;
    const { user } = window.openDialogSettings;
    if (user.first_name) element("greeting").textContent = `Hello, ${user.first_name}!`;
    input.disabled = button.disabled = false;
    element("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (!text) return;
      input.value = "";
      say("mine", "You", text);
      send(makeMessage(answer, user, text), answer.session);
    });
  }

  function showAttributes(attributes) {
    element("no-attributes").hidden = attributes.length > 0;
    element("attributes").hidden = attributes.length === 0;
    for (const [name, value] of attributes) {
      const pair = document.createElement("div");
      append(pair, "dt", name);
      append(pair, "dd", [value].flat().join(", "));
      element("attributes").append(pair);
    }
  }

  // The message is created once: a retry sends the same message_id, so the message is stored once.
  function makeMessage({ scenario_id }, user, text) {
    const { user_id, first_name = "", last_name = "", email = "", external_id = "", custom } = user;
    const id = makeId();
    return JSON.stringify({
      notification: "message",
      user_id,
      author: user_id,
      message_id: id,
      content: {
        id,
        type: "text",
        author: user_id,
        user_id,
        callback_id: "",
        data: { text },
        user: {
          first_name,
          last_name,
          email,
          external_id,
          browser_language: navigator.language,
          timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
          os: firstNamed(["Android", "iPhone", "iPad", "Windows", "Mac OS", "CrOS", "Linux"]),
          browser: firstNamed(["Edg", "OPR", "Firefox", "FxiOS", "CriOS", "Chrome", "Safari"]),
          custom: { ...custom, selected_scenario: scenario_id },
        },
      },
    });
  }

  function send(message, session) {
    sending = sending.then(async () => {
      const problem = await post(message, session);
      if (problem) sayWhatWentWrong(problem, () => send(message, session));
      else say("theirs", "The page", RECEIVED);
    });
  }

  // Null if the message is acknowledged, otherwise the API's problem.
  async function post(message, session) {
    let response;
    try {
      response = await fetch("/incoming/webchat", {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${session}` },
        body: message,
        credentials: "omit",
        cache: "no-store",
      });
    } catch {
      return { message: "The server could not be reached.", detail: NOT_REACHED };
    }
    if (response.ok) return null;
    const problem = await response.json().catch(() => null);
    return problem || { message: `The server answered ${response.status}.`, detail: NOT_REACHED };
  }

  function sayWhatWentWrong({ message, detail }, again) {
    const bubble = say("error", "Not sent", "");
    append(bubble, "strong", message);
    if (detail && detail !== message) append(bubble, "p", detail);
    const retry = append(bubble, "button", "Try again");
    retry.type = "button";
    retry.addEventListener("click", () => {
      bubble.remove();
      input.focus();
      again();
    });
    bubble.scrollIntoView({ block: "end" });
  }

  function say(kind, who, text) {
    const bubble = append(element("messages"), "div", "");
    bubble.className = `bubble ${kind}`;
    append(bubble, "span", `${who}: `).className = "unseen";
    bubble.append(text);
    bubble.scrollIntoView({ block: "end" });
    return bubble;
  }

  function append(parent, tag, text) {
    const child = document.createElement(tag);
    child.textContent = text;
    parent.append(child);
    return child;
  }

  // crypto.randomUUID exists on https and localhost only.
  function makeId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  function firstNamed(names) {
    return names.find((name) => navigator.userAgent.includes(name)) || "";
  }
})();
