// Signs people in to the console in Chromium with oidc-provider, an OpenID provider that is certified by the OpenID Foundation.
// What such a provider never does is done between the two: its ID tokens are changed and signed again with its own key.
//
//   node sign_in.mjs target/debug/local target/debug/odx DIR

import { createServer, request } from "node:http";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import assert from "node:assert/strict";
import * as jose from "jose";
import Provider from "oidc-provider";
import puppeteer from "puppeteer-core";

const [local, odx, data] = process.argv.slice(2);
// Not alphanumeric, because a secret in a header is encoded as in a form (RFC 6749 section 2.3.1).
const SECRET = "a secret: with + and % and &";
const people = {
  ann: { email: "Ann@Example.com", email_verified: true },
  bob: { email: "bob@example.com", email_verified: false },
  eve: { email: "eve@example.com", email_verified: true },
};

// What happens to the next ID token, and to the next response of the token endpoint.
let changed = async (claims, sign) => sign(claims);
let responds = (response, body) => response.end(body);

const { publicKey, privateKey } = await jose.generateKeyPair("ES256", { extractable: true });
const stranger = (await jose.generateKeyPair("ES256", { extractable: true })).privateKey;
const jwk = { ...(await jose.exportJWK(privateKey)), kid: "current", alg: "ES256", use: "sig" };
const header = { alg: "ES256", kid: "current" };
const sign = (claims, key = privateKey, protectedHeader = header) =>
  new jose.SignJWT(claims).setProtectedHeader(protectedHeader).sign(key);

let provider;
const server = createServer((incoming, outgoing) => {
  if (incoming.method === "POST" && new URL(incoming.url, "http://x").pathname === "/token") intercept(outgoing);
  provider.callback()(incoming, outgoing);
});
await new Promise((done) => server.listen(0, "localhost", done));
const issuer = `http://localhost:${server.address().port}`;

// Changes the ID token of a response before it is sent.
function intercept(response) {
  const end = response.end.bind(response);
  response.end = (body) => {
    response.end = end;
    const tokens = JSON.parse(body);
    if (!tokens.id_token) return end(body);
    changed(jose.decodeJwt(tokens.id_token), sign).then((id_token) => {
      const changedBody = JSON.stringify({ ...tokens, id_token });
      response.removeHeader("content-length");
      responds(response, changedBody);
    });
  };
}

const servers = [];
async function start(folder, oidcIssuer) {
  const args = ["--data", folder, "--port", "0", "--oidc-issuer", oidcIssuer, "--oidc-client-id", "console"];
  servers.push(spawn(local, args, { env: { ...process.env, OIDC_CLIENT_SECRET: SECRET }, stdio: ["ignore", "ignore", "inherit"] }));
  while (!existsSync(`${folder}/url`) || !existsSync(`${folder}/token`)) await new Promise((done) => setTimeout(done, 100));
  return readFileSync(`${folder}/url`, "utf8").trim().replace(/\/$/, "");
}
const run = (...args) => execFileSync(odx, ["--local", data, ...args], { stdio: ["ignore", "pipe", "pipe"] }).toString();

let passed = 0;
async function it(name, test) {
  try {
    await test();
    passed += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`FAILS ${name}: ${error.message}`);
  } finally {
    changed = async (claims, sign) => sign(claims);
    responds = (response, body) => response.end(body);
  }
}

const base = await start(data, issuer);
const callback = `${base}/console/sign-in/callback`;
provider = new Provider(issuer, {
  clients: [{ client_id: "console", client_secret: SECRET, redirect_uris: [callback] }],
  jwks: { keys: [jwk] },
  claims: { email: ["email", "email_verified"] },
  conformIdTokenClaims: false,
  clientDefaults: { id_token_signed_response_alg: "ES256" },
  pkce: { required: () => true },
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...people[accountId] }) }),
  features: { devInteractions: { enabled: true } },
  ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
  cookies: { keys: ["of this run"] },
});
const warn = console.warn;
console.warn = () => {}; // that the pages for developers are on

run("account", "create", "--tenant", "demo", "ann", "--role", "editor", "--email", "ann@example.com");
run("account", "create", "--tenant", "demo", "bob", "--role", "analyst", "--email", "bob@example.com");

const browser = await puppeteer.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const pages = {};

// A page of a browser in which a person is signed in at the provider.
async function of(person) {
  pages[person] ??= await (await browser.createBrowserContext()).newPage();
  await forget(pages[person]);
  return pages[person];
}

// Removes what the console keeps in a browser, but not what the provider does.
async function forget(page) {
  await page.goto(`${base}/console/sign-in`);
  const cookies = await page.browserContext().cookies();
  await page.browserContext().deleteCookie(...cookies.filter(({ name }) => name.startsWith("__Host-")));
}

// Follows the button, signs in at the provider if it asks, and returns the page that this leads to.
async function signIn(person, page) {
  await page.goto(`${base}/console/sign-in`);
  await Promise.all([page.waitForNavigation(), page.click("a.button")]);
  while (page.url().startsWith(issuer)) {
    if (await page.$("input[name=login]")) {
      await page.type("input[name=login]", person);
      await page.type("input[name=password]", "x");
    }
    const button = await page.$("button[type=submit]");
    assert.ok(button, `the provider answers: ${await page.evaluate(() => document.body.innerText)}`);
    await Promise.all([page.waitForNavigation(), button.click()]);
  }
  return shown(page);
}

async function shown(page) {
  const text = await page.$eval("main", (main) => main.innerText);
  const account = await page.$eval(".person .name", (name) => name.textContent).catch(() => undefined);
  return { path: new URL(page.url()).pathname, text, account };
}

// Asserts that an attempt with this change ends on a page that says so, and that nobody is signed in.
async function refused(person, sentence) {
  const page = await of(person);
  const { account, text } = await signIn(person, page);
  assert.equal(account, undefined);
  assert.match(text, sentence);
  const cookies = await page.browserContext().cookies();
  assert.deepEqual(cookies.filter(({ name }) => name.startsWith("__Host-")), [], "no session, and no attempt is left");
}
const failed = /did not answer as expected/;
const over = /This sign-in is over/;

// The status and the body of a request with any headers.
function get(url, headers = {}) {
  return new Promise((done, fail) => {
    const outgoing = request(url, { headers }, (response) => {
      let body = "";
      response.on("data", (chunk) => (body += chunk)).on("end", () => done({ status: response.statusCode, headers: response.headers, body }));
    });
    outgoing.on("error", fail).end();
  });
}

try {
  await it("an account with the address of a person is theirs from the first sign-in", async () => {
    const before = JSON.parse(run("account", "list", "--tenant", "demo", "--json")).find(({ id }) => id === "ann");
    assert.deepEqual([before.email, before.is_bound], ["ann@example.com", false]);
    const home = await signIn("ann", await of("ann"));
    assert.deepEqual([home.path, home.account], ["/console", "ann"]);
    const after = JSON.parse(run("account", "list", "--tenant", "demo", "--json")).find(({ id }) => id === "ann");
    assert.equal(after.is_bound, true);
  });
  await it("a person whose address has changed keeps the account", async () => {
    changed = async (claims, sign) => sign({ ...claims, email: "ann@married.example.com" });
    assert.equal((await signIn("ann", await of("ann"))).account, "ann");
  });
  await it("a person without a verified address keeps the account that is bound", async () => {
    changed = async ({ email, email_verified, ...claims }, sign) => sign(claims);
    assert.equal((await signIn("ann", await of("ann"))).account, "ann");
  });
  await it("another person with the same address has no account", async () => {
    changed = async (claims, sign) => sign({ ...claims, email: "ann@example.com" });
    await refused("eve", /No account has your mail address.*ann@example\.com/s);
  });
  await it("a person without an account learns whom to ask", () => refused("eve", /No account has your mail address.*eve@example\.com/s));
  await it("an address that is not verified leads to no account", () => refused("bob", /has not verified your mail address.*bob/s));
  await it("an operator binds an account to the subject on that page", async () => {
    run("account", "identity", "--tenant", "demo", "bob", "--issuer", issuer, "--subject", "bob");
    assert.equal((await signIn("bob", await of("bob"))).account, "bob");
  });
  await it("a person with several accounts chooses one", async () => {
    run("tenant", "create", "globex");
    run("account", "create", "--tenant", "globex", "ann2", "--role", "admin", "--email", "ann@example.com");
    const page = await of("ann");
    const { text } = await signIn("ann", page);
    assert.match(text, /Which account/);
    const choices = await page.$$eval("form.choice button", (buttons) => buttons.map((button) => button.innerText));
    assert.deepEqual(choices, ["ann · demo", "ann2 · globex"]);
    const both = await page.$$eval("form.choice input", (inputs) => inputs.map((input) => input.value));
    const [attempt] = (await page.browserContext().cookies()).filter(({ name }) => name === "__Host-console-sign-in");
    await Promise.all([page.waitForNavigation(), page.click("form.choice:last-of-type button")]);
    assert.equal((await shown(page)).account, "ann2");
    // The other choice of the same attempt, with its cookie, which the browser no longer has.
    const choose = (cookie) => fetch(`${base}/console/sign-in/account`, { method: "POST", redirect: "manual",
      headers: { cookie, "content-type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ sign_in: both[0] }) });
    assert.equal((await choose(`__Host-console-sign-in=${attempt.value}`)).status, 400);
    assert.equal((await choose("")).status, 400);
    run("account", "remove", "--tenant", "globex", "ann2");
    await page.reload();
    assert.equal((await shown(page)).path, "/console/sign-in", "a removed account ends its session");
  });

  const wrong = {
    "another nonce": (claims, sign) => sign({ ...claims, nonce: "another" }),
    "no nonce": ({ nonce, ...claims }, sign) => sign(claims),
    "another issuer": (claims, sign) => sign({ ...claims, iss: "https://accounts.example.com" }),
    "another audience": (claims, sign) => sign({ ...claims, aud: "another" }),
    "several audiences and no authorized party": (claims, sign) => sign({ ...claims, aud: ["console", "another"] }),
    "another authorized party": (claims, sign) => sign({ ...claims, aud: ["console", "another"], azp: "another" }),
    "no subject": ({ sub, ...claims }, sign) => sign(claims),
    "an expiry in the past": (claims, sign) => sign({ ...claims, exp: claims.iat - 3600 }),
    "a time in the future": (claims, sign) => sign({ ...claims, iat: claims.iat + 3600 }),
    "the signature of another key": (claims, sign) => sign(claims, stranger),
    "an unknown key": (claims, sign) => sign(claims, stranger, { alg: "ES256", kid: "unknown" }),
    "no signature (alg none)": async (claims) => new jose.UnsecuredJWT(claims).encode(),
    "the public key as a shared secret": async (claims) =>
      sign(claims, new TextEncoder().encode(await jose.exportSPKI(publicKey)), { alg: "HS256", kid: "current" }),
    "a changed claim after the signature": async (claims, sign) => {
      const [head, , signature] = (await sign(claims)).split(".");
      return [head, jose.base64url.encode(JSON.stringify({ ...claims, sub: "admin" })), signature].join(".");
    },
  };
  for (const [name, change] of Object.entries(wrong)) {
    await it(`an ID token with ${name} is refused`, async () => {
      changed = change;
      await refused("ann", failed);
    });
  }
  await it("a token endpoint that fails signs nobody in", async () => {
    responds = (response) => { response.statusCode = 500; response.end("{}"); };
    await refused("ann", failed);
  });
  await it("a token endpoint that redirects is not followed", async () => {
    responds = (response) => { response.statusCode = 302; response.setHeader("location", `${base}/console`); response.end(); };
    await refused("ann", failed);
  });
  await it("a response of more than 256 KB is cut off", async () => {
    responds = (response, body) => response.end(body + " ".repeat(300 * 1024));
    await refused("ann", failed);
  });

  await it("a state of another attempt is refused", async () => {
    const page = await of("ann");
    await page.goto(`${base}/console/sign-in`);
    const { headers } = await get(`${base}/console/sign-in/start`);
    const cookie = headers["set-cookie"][0].split(";")[0];
    const other = await get(`${callback}?code=x&state=another&iss=${encodeURIComponent(issuer)}`, { cookie });
    assert.equal(other.status, 400);
    assert.match(other.body, over);
    const state = new URL(headers.location).searchParams.get("state");
    const mixedUp = await get(`${callback}?code=x&state=${state}&iss=https://accounts.example.com`, { cookie });
    assert.match(mixedUp.body, over, "the response of another issuer (RFC 9207)");
    const unnamed = await get(`${callback}?code=x&state=${state}`, { cookie });
    assert.match(unnamed.body, over, "an issuer that names itself in each response");
    const declined = await get(`${callback}?error=access_denied&state=${state}&iss=${encodeURIComponent(issuer)}`, { cookie });
    assert.deepEqual([declined.status, /did not let you in/.test(declined.body)], [403, true]);
  });
  await it("a response in another browser is refused, and a code works once", async () => {
    const page = await of("ann");
    let returned, cookie;
    page.on("request", function note(outgoing) {
      if (outgoing.url().startsWith(callback)) returned = outgoing.url();
    });
    await page.goto(`${base}/console/sign-in`);
    await page.setRequestInterception(true);
    const hold = (outgoing) => (outgoing.url().startsWith(callback) ? outgoing.abort() : outgoing.continue());
    page.on("request", hold);
    await page.click("a.button");
    while (!returned) await new Promise((done) => setTimeout(done, 50));
    page.off("request", hold);
    await page.setRequestInterception(false);
    const [attempt] = (await page.browserContext().cookies()).filter(({ name }) => name === "__Host-console-sign-in");
    cookie = `__Host-console-sign-in=${attempt.value}`;
    const elsewhere = await get(returned);
    assert.deepEqual([elsewhere.status, over.test(elsewhere.body)], [400, true]);
    const both = await Promise.all([get(returned, { cookie }), get(returned, { cookie })]);
    assert.equal(both.filter(({ status }) => status === 303).length, 1, "two requests at once");
    const again = await get(returned, { cookie });
    assert.notEqual(again.status, 303);
    assert.equal(again.headers["set-cookie"].some((header) => header.startsWith("__Host-console=")), false);
  });
  await it("people are sent back to no other host", async () => {
    const { headers } = await get(`${base}/console/sign-in/start`, { host: "console.evil.example" });
    const answer = await get(headers.location);
    assert.equal(answer.status, 400);
    assert.match(answer.body, /redirect_uri/);
  });
  await it("metadata of another issuer is refused", async () => {
    const other = await start(`${data}-other`, issuer.replace("localhost", "127.0.0.1"));
    const { status, body } = await get(`${other}/console/sign-in/start`);
    assert.deepEqual([status, failed.test(body)], [502, true]);
  });
} finally {
  await browser.close();
  servers.forEach((server) => server.kill());
  server.close();
  server.closeAllConnections();
  console.warn = warn;
}
console.log(`sign-in: ${passed} sentences hold`);
