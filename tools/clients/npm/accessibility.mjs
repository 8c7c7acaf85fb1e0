// Opens the pages of the console in Chromium, light and dark, and lets axe-core look for barriers: WCAG 2.2 A and AA, and
// what axe calls best practice.
//
//   node accessibility.mjs http://127.0.0.1:8787/console/sign-in/…

import axe from "axe-core";
import puppeteer from "puppeteer-core";

const link = new URL(process.argv[2]);
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const PERIOD = "from=2022-09-01&to=2022-09-30";

const browser = await puppeteer.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const page = await browser.newPage();
  await page.goto(new URL("/console/sign-in", link));
  await check("signing in");
  await page.goto(link);
  await page.goto(new URL("/console/campaigns", link));
  const campaign = await page.$eval("tbody a", (link) => link.pathname);
  const paths = ["/console", "/console/identity", "/console/accounts/admin", "/console/campaigns", "/console/new-campaign", campaign, `/console/conversations?${PERIOD}`,
    `/console/conversations/user?${PERIOD}&user_id=ann`, "/console/people?user_id=ann", "/console/nothing"];
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    for (const path of paths) {
      await page.goto(new URL(path, link));
      await check(`${path}, ${scheme}`);
    }
  }
  // A notice, which only the answer to a form has.
  await page.goto(new URL("/console/identity", link));
  await page.type("input[name=name]", "accessibility");
  await page.click("input[value='links:read']");
  await Promise.all([page.waitForNavigation(), page.click("form.stack button")]);
  await check("a new token");

  // A table of people, and the links that are made for them.
  await page.goto(new URL("/console/new-campaign", link));
  await page.evaluate(() => {
    const files = new DataTransfer();
    files.items.add(new File(["user_id,first_name\nann,Ann\n"], "people.csv"));
    document.querySelector("input[type=file]").files = files.files;
  });
  await Promise.all([page.waitForNavigation(), page.click("form.stack button")]);
  await check("the preview of a table");
  await Promise.all([page.waitForNavigation(), page.click("form.row button")]);
  await check("new links");

  async function check(what) {
    await page.evaluate(axe.source);
    const { violations, passes } = await page.evaluate((rules) => axe.run({ runOnly: rules }), RULES);
    console.log(`${violations.length === 0 ? "accessible" : "BARRIERS  "}  ${what}: ${passes.length} rules hold`);
    for (const { id, help, nodes } of violations) {
      process.exitCode = 1;
      for (const { html, failureSummary } of nodes) console.error(`  ${id}: ${help}\n    ${html}\n    ${failureSummary}`);
    }
  }
} finally {
  await browser.close();
}
