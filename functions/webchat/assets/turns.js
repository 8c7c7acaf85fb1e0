// Reports the turns of the conversation to the API, in small batches, with the session that preload.js obtained. The API
// appends this script to preload.js.
//
// It hears the message events of OpenDialog's webchat SDK, which are CustomEvents of an element of the page, and the
// messages that the iframe of older builds posts. A page whose widget fires its events elsewhere calls
// window.openDialogReport(webchat) with the SDK's object. A page without a session, without events or without a
// connection reports nothing, and its chat is not affected.
(() => {
  "use strict";
  if (window.openDialogReport) return; // The page has this script twice.

  const EVENTS = ["messageSent", "messageReceived", "chatEnded"];
  const PAUSE = 2000; // After each report, in milliseconds: turns that follow each other share the next one.
  const LONGEST_PAUSE = 60_000;
  const REPEATS = 6; // After so many failures in a row, only another turn starts a repeat: about a minute has passed.
  const TURNS = 20; // In one report. The API takes 50.
  const LONGEST = 7_200_000; // The length of a session; the API refuses a later turn.
  const KEPT = 200; // Turns that wait; the oldest is dropped. A conversation has fewer.
  const BYTES = 48_000; // Of the turns of one report: browsers limit a request that outlives its page to 64 KB.
  const KEY = "openDialogTurns"; // In sessionStorage: the turns without an answer, their session, and when it began here.

  const url = new URL("turns", document.currentScript.src);
  const heard = new WeakSet(); // An event may be heard twice: by its element and by the SDK's object.
  const kept = recall();
  let queue = []; // Turns that the API has not acknowledged.
  let session = ""; // Empty until the exchange, and again when the session is over.
  let begun = 0; // When this page got the session, by its own clock.
  let last = 0; // The time of the last turn.
  let silent = false; // Nothing is reported on this page any more.
  let user; // The person's data in the widget's last message.
  let inFlight = 0; // The first turns of the queue, which a request carries.
  let timer = 0;
  let notBefore = 0;
  let busyUntil = 0; // The server's Retry-After.
  let failures = 0;

  window.openDialogReport = (webchat) => {
    for (const name of EVENTS) webchat?.on?.(name, (event) => hear(name, event));
  };
  for (const name of EVENTS) window.addEventListener(name, (event) => hear(name, event), true); // True: also if it does not bubble.
  window.addEventListener("message", hearFrame);
  document.addEventListener("visibilitychange", sendBeacon);
  window.openDialogPreload.then(begin);

  function begin(answer) {
    if (!answer) return stop();
    const isKept = kept.session === answer.session;
    session = answer.session;
    begun = isKept ? kept.begun : Date.now();
    if (isKept) queue = [...kept.turns, ...queue];
    keep();
    schedule();
  }

  function stop() {
    silent = true;
    session = "";
    queue = [];
    keep();
  }

  // https://docs.opendialog.ai/developing-with-opendialog/webchat/sdk/events. The page leaves open whether `detail` is the
  // message or contains it, which ids repeat after a reload, and whether a received message has one at all.
  function hear(name, event) {
    if (silent || heard.has(event)) return;
    heard.add(event);
    try {
      const message = event.detail.message ?? event.detail;
      if (name === "messageSent") addSent(message);
      if (name === "messageReceived") addReceived(message);
      if (name === "chatEnded") schedule();
    } catch {
      // An event of another kind than the SDK's.
    }
  }

  function addSent({ message_id, content: { id, type, callback_id, data, user: person } }) {
    user = person ?? user;
    add({ message_id: message_id || id, author: "us", type, text: data?.text, data, callback_id });
  }

  function addReceived({ uuid, type, data }) {
    add({ message_id: uuid, author: "them", type, text: data?.text, data });
  }

  // https://docs.opendialog.ai/developing-with-opendialog/webchat/user-tracking: the iframe reports that there was a
  // message, and of a button its label, but no texts.
  function hearFrame({ source, data }) {
    const frame = document.getElementById("opendialog-chatwindow");
    if (silent || !data?.dataLayerEvent || (source !== window && source !== frame?.contentWindow)) return;
    const { event = data.dataLayerEvent, label, message, form_id } = data.dataLayerEvent;
    const unseen = { author: "us", type: "text", data: { unseen: true } };
    if (event === "message_sent_to_chatbot" && label) add({ author: "us", type: "button_response", text: label });
    else if (event === "message_sent_to_chatbot") add(unseen);
    if (event === "form_submitted") add({ ...unseen, type: "form_response", callback_id: form_id });
    if (event === "message_received_from_chatbot") {
      add({ ...unseen, author: "them", data: { unseen: true, intent: message } });
    }
  }

  function add({ message_id, type, text, ...turn }) {
    if (typeof type !== "string") return;
    last = Math.max(Date.now(), last + 1); // So that turns of one millisecond keep their order.
    text = typeof text === "string" ? text : "";
    queue.push({ ...turn, message_id: String(message_id || makeId()), type, text, at: last });
    if (queue.length > KEPT) queue.splice(inFlight, queue.length - KEPT);
    keep();
    schedule();
  }

  // The first turn is reported at once, and so is one after a silence.
  function schedule() {
    if (!timer && !inFlight && session && queue.length) {
      timer = setTimeout(send, Math.max(notBefore - Date.now(), 0));
    }
  }

  async function send() {
    timer = 0;
    const turns = batch(queue);
    inFlight = turns.length;
    const { done, over, retryAfter } = await post(write(turns));
    inFlight = 0;
    if (over) return stop();
    if (done) queue.splice(0, turns.length);
    keep();
    failures = done ? 0 : failures + 1;
    busyUntil = retryAfter ? Date.now() + retryAfter * 1000 : 0;
    notBefore = busyUntil || Date.now() + (done ? PAUSE : backoff());
    if (failures < REPEATS) schedule();
  }

  // What was refused for good is done as well: it would be refused again.
  async function post(body) {
    try {
      // A string is sent as text/plain, which needs no preflight.
      const options = { method: "POST", body, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };
      const { status, headers } = await fetch(url, { ...options, keepalive: size(body) < 64_000 });
      const again = status >= 500 || status === 429;
      return { done: !again, over: status === 401, retryAfter: again && parseInt(headers.get("Retry-After"), 10) };
    } catch {
      return { done: false }; // No connection, or something on this computer blocks the request.
    }
  }

  // Nobody sees the answer of a beacon. So its turns stay in the queue and are reported again by the next page of the tab
  // or when the person comes back; the API stores a message id once.
  function sendBeacon() {
    if (document.visibilityState === "visible") return schedule();
    const turns = batch(queue.slice(inFlight));
    if (!session || !turns.length || Date.now() < busyUntil) return;
    try {
      navigator.sendBeacon(url, write(turns));
    } catch {
      // Blocked: the turns are in the queue.
    }
  }

  function batch(turns) {
    let bytes = 0;
    const fits = (turn, index) => (bytes += size(JSON.stringify(turn))) < BYTES || index === 0;
    const end = turns.findIndex((turn, index) => index === TURNS || !fits(turn, index));
    return turns.slice(0, end < 0 ? TURNS : end);
  }

  function size(text) {
    return new Blob([text]).size;
  }

  // The page's clock may be wrong, so a turn says how long after the beginning of the session it was.
  function write(turns) {
    const dated = turns.map(({ at, ...turn }) => ({ ...turn, after: Math.min(Math.max(at - begun, 0), LONGEST) }));
    return JSON.stringify({ session, user, turns: dated });
  }

  function backoff() {
    return Math.min(2 ** failures * 1000, LONGEST_PAUSE) * (0.5 + Math.random() / 2);
  }

  function makeId() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function recall() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY)) || {};
    } catch {
      return {};
    }
  }

  function keep() {
    try {
      if (session) sessionStorage.setItem(KEY, JSON.stringify({ session, begun, turns: queue }));
      else if (silent) sessionStorage.removeItem(KEY);
    } catch {
      // Storage is blocked or full: then turns wait in this page alone.
    }
  }
})();
