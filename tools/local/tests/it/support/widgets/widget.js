// A stand-in for OpenDialog's webchat builds. It asks its own server for the configuration as they do, and shows which
// user it knows. START is replaced by the way in which the build starts, ID_FIELD by the member of the settings that is
// its user id:
//
// - public 1.x build, opendialog-bot.js: on DOMContentLoaded, `user.email`
//   (github.com/opendialogai/webchat, resources/assets/js/opendialog-bot.js and mixins/bootstrapFunctions.js)
// - public 1.x build for full pages, opendialog-bot-full.js: at once (the same folder)
// - current build without `sdkEnabled`: "an iframe widget will load on page load", with `user.user_id`
//   (docs.opendialog.ai/developing-with-opendialog/webchat/sdk/methods; the page does not say by which of the two ways)
(() => {
  async function start() {
    const { url, user } = window.openDialogSettings;
    const id = user["ID_FIELD"] || "a generated id";
    const query = new URLSearchParams({ url: location.href, user_id: id });
    const body = JSON.stringify({ custom_settings: window.openDialogSettings });
    await fetch(`${url}/webchat-config?${query}`, { method: "POST", body });
    const title = document.querySelector("h1");
    title.textContent = `Hello, ${user.first_name || "stranger"} of ${user.custom.selected_scenario}!`;
    title.dataset.user = id;
  }
  START;
})();
