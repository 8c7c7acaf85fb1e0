// A stand-in for OpenDialog's webchat SDK, opendialog-webchat.umd.mjs. Its build is not public, so this follows the pages
// docs.opendialog.ai/developing-with-opendialog/webchat/sdk, .../methods and .../events. They leave open whether events are
// fired at an element of the page ("all events return the element upon which the event was fired within the `detail`
// object"), whether `detail` is the message or contains it ("return message"), and whether a received message has its
// optional `uuid`. So there are two stand-ins: `standIn.open` chooses the second answer to each question.
window.ODWebChat = {
  OpenDialogChatSDK: class {
    constructor(selector) {
      this.element = document.querySelector(selector);
      this.target = window.standIn.open ? new EventTarget() : this.element;
      if (window.standIn.silent) this.on = undefined; // A widget from before the SDK had events.
    }

    on(name, listener) {
      this.target.addEventListener(name, listener);
    }

    async init(settings, components, userId) {
      this.settings = settings;
      this.userId = userId || "a generated id";
      const query = new URLSearchParams({ url: location.href, user_id: this.userId });
      await fetch(`${settings.url}/chatApi-config?${query}`, { method: "POST", body: JSON.stringify(settings) });
      const { first_name = "stranger", custom } = settings.user;
      const title = document.querySelector("h1");
      title.textContent = `Hello, ${first_name} of ${custom.selected_scenario}!`;
      title.dataset.user = this.userId;
    }

    sendMessage({ text, type = "text" }) {
      const { userId: user_id, settings } = this;
      const [id, data] = [crypto.randomUUID(), { text, date: "Thu 26 Nov", time: "10:00:00 AM" }];
      const content = { id, type, author: user_id, user_id, callback_id: "", user: settings.user, data };
      this.show(text);
      this.emit("messageSent", { notification: "message", message_id: id, author: user_id, user_id, content });
      const answer = { author: "them", type: "text", intent: "intent.app.echo", data: { ...data, text: `You said ${text}` } };
      this.show(answer.data.text);
      this.emit("messageReceived", window.standIn.open ? answer : { ...answer, uuid: crypto.randomUUID() });
    }

    emit(name, message) {
      if (window.standIn.silent) return;
      const detail = window.standIn.open ? message : { element: this.element, message };
      this.target.dispatchEvent(new CustomEvent(name, { detail }));
    }

    show(text) {
      this.element.append(Object.assign(document.createElement("p"), { textContent: text }));
    }
  },
};
