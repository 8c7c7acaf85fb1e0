// A stand-in for OpenDialog's webchat builds. It asks its own server for the configuration as they do, and shows which
// user it knows. `standIn`, in the line before, says which build it is:
//
// - public 1.x build, opendialog-bot.js: starts on DOMContentLoaded, `user.email` is the user id, the chat is an iframe
//   that posts messages to the page (github.com/opendialogai/webchat: resources/assets/js/opendialog-bot.js,
//   mixins/bootstrapFunctions.js, components/WebChat.vue, services/ChatServices/WebChatMode.js)
// - public 1.x build for full pages, opendialog-bot-full.js: starts at once (the same folder)
// - current build without `sdkEnabled`: "an iframe widget will load on page load", with `user.user_id`
//   (docs.opendialog.ai/developing-with-opendialog/webchat/sdk/methods; the page does not say by which of the two ways)
(() => {
  const { starts, idField, frame } = window.standIn;

  async function start() {
    const { url, user } = window.openDialogSettings;
    const id = user[idField] || "a generated id";
    const query = new URLSearchParams({ url: location.href, user_id: id });
    const body = JSON.stringify({ custom_settings: window.openDialogSettings });
    await fetch(`${url}/webchat-config?${query}`, { method: "POST", body });
    const title = document.querySelector("h1");
    title.textContent = `Hello, ${user.first_name || "stranger"} of ${user.custom.selected_scenario}!`;
    title.dataset.user = id;
    if (frame) {
      const chat = Object.assign(document.createElement("iframe"), { id: "opendialog-chatwindow" });
      chat.src = `${url}/web-chat-iframe`;
      document.body.append(chat);
    }
  }

  if (starts === "at once") start();
  if (starts === "DOMContentLoaded") document.addEventListener("DOMContentLoaded", start);
  if (starts === "load") window.addEventListener("load", start);
  if (starts === "onload") window.onload = start;
})();
