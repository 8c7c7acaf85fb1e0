// Shows times in the zone of the person, and copies what is shown once. Every page works without this script.

for (const time of document.querySelectorAll("time[data-local]")) {
  const options = time.dataset.local === "day" ? { dateStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" };
  time.title = time.textContent;
  time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, options).format(new Date(time.dateTime));
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.copied;
  });
}

// What is on a page only once: ask before it is left, unless it was downloaded.
for (const once of document.querySelectorAll("[data-once]")) {
  let keeps = true;
  once.querySelector("[data-download]").addEventListener("click", () => (keeps = false));
  // The answer to a form here is a file, so the page stays.
  let sends = false;
  once.querySelector("form").addEventListener("submit", () => {
    sends = true;
    setTimeout(() => (sends = false), 1000);
  });
  addEventListener("beforeunload", (event) => {
    if (keeps && !sends) event.preventDefault();
  });
}
