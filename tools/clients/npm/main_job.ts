// The main job of an integration, with a client that openapi-typescript and openapi-fetch make from the OpenAPI document:
// make links, follow one, write interactions, export in pages, follow the changes, erase a user.
//
//   API_URL=http://127.0.0.1:8787 API_TOKEN=odx_… node main_job.ts

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.ts";

const { API_URL: baseUrl, API_TOKEN: token } = process.env;
assert(baseUrl && token, "API_URL and API_TOKEN are not set");
const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
const anonymous = createClient<paths>({ baseUrl });

/** The body of a success; an error fails the job with the problem of the response. */
function ok<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  assert(data !== undefined, `${response.status} ${JSON.stringify(error)}`);
  return data;
}

const run = randomUUID();
const [kept, erased] = [`kept-${run}`, `erased-${run}`];
const start = new Date();

const caller = ok(await api.GET("/api/token"));
assert(caller.scopes.includes("users:erase"), `the token has only ${caller.scopes.join(", ")}`);

const attributes = { first_name: "Ann", vip: true, tags: ["new", 7] };
const wanted = {
  params: { header: { "Idempotency-Key": run } },
  body: { scenario_id: "customer_support", dataset: [kept, erased].map((user_id) => ({ user_id, attributes })) },
};
const links = ok(await api.POST("/public/api/generate-webchat-deep-link", wanted));
const repeated = ok(await api.POST("/public/api/generate-webchat-deep-link", wanted));
assert.deepEqual(repeated, links);
assert.equal(links.length, 2);
const [link] = links;
assert(link && link.user_id === kept);

const code = new URL(link.url).pathname.slice(1);
const followed = await anonymous.GET("/{code}", { params: { path: { code } }, redirect: "manual" });
assert.equal(followed.response.status, 302);
const page = new URL(followed.response.headers.get("Location") ?? "");
const handoff = new URLSearchParams(page.hash.slice(1)).get("handoff") ?? "";
const exchanged = ok(
  await anonymous.POST("/webchat/exchange", {
    params: { header: { Origin: page.origin } },
    body: { handoff, nonce: run.replaceAll("-", "") },
  }),
);
assert.deepEqual(exchanged.attributes, attributes);
const session = { Authorization: `Bearer ${exchanged.session}` };
const message = { type: "text", data: { text: "hello" } };
const sent = { notification: "message", user_id: kept, message_id: run, content: message };
ok(await anonymous.POST("/incoming/webchat", { headers: session, body: sent }));

const event = (user_id: string, text: string): components["schemas"]["Event"] => {
  return { user_id, author: "us", type: "text", date: start.toISOString(), text, data: { choice: { of: ["a", 1] } } };
};
const events = [event(kept, "one"), event(kept, "two"), event(erased, "three")];
assert.equal(ok(await api.POST("/public/api/interactions", { body: events })).created, 3);
assert.equal(ok(await api.POST("/public/api/interactions", { body: events })).duplicate, 3);

const minute = 60_000;
const period = {
  from: new Date(start.getTime() - minute).toISOString(),
  to: new Date(start.getTime() + minute).toISOString(),
};
const said = new Map<string, string[]>();
for (let cursor: string | null | undefined, more = true; more; more = Boolean(cursor)) {
  const query = { ...period, limit: 1, ...(cursor ? { cursor } : {}) };
  const listed = ok(await api.GET("/public/api/user-interactions", { params: { query } }));
  assert(typeof listed !== "string", "asked for JSON, not for CSV");
  for (const [user, { interactions }] of listed.data.flatMap((one) => Object.entries(one))) {
    said.set(user, [...(said.get(user) ?? []), ...interactions.map((interaction) => interaction.text)]);
  }
  cursor = listed.meta?.next_cursor;
}
assert.deepEqual(said.get(kept)?.sort(), ["hello", "one", "two"]);
assert.deepEqual(said.get(erased), ["three"]);

const exported = new Set<string>();
for (let cursor: string | null = "", more = true; more; more = Boolean(cursor)) {
  const query: { exportType: string; perPage: number; cursor: string } = { exportType: "json", perPage: 2, cursor: cursor ?? "" };
  const { data, meta } = ok(await api.GET("/public/api/user-data-export", { params: { query } }));
  data.flatMap((one) => Object.keys(one)).forEach((user) => exported.add(user));
  cursor = meta.next_cursor;
}
assert(exported.has(kept) && exported.has(erased), "the export has both users");

const query = { user_id: erased };
const erase = () => api.DELETE("/public/api/users", { params: { query } });
let erasure = await erase();
assert.equal(ok(erasure).completed_at, null);
while (ok(erasure).completed_at === null) {
  await sleep(1000 * Number(erasure.response.headers.get("Retry-After")));
  erasure = await erase();
}
const { interactions, links: removed } = ok(erasure);
assert.deepEqual([interactions, removed], [1, 1]);

const changes: components["schemas"]["Change"][] = [];
for (let cursor: string | undefined, caught_up = false; !caught_up; ) {
  const listed = ok(await api.GET("/public/api/interactions/changes", { params: { query: cursor ? { cursor } : {} } }));
  changes.push(...listed.data);
  ({ next_cursor: cursor, caught_up } = listed.meta);
}
const stored = changes.filter((change) => "text" in change).filter((change) => change.user_id === kept);
assert.deepEqual(stored.map((change) => change.text).sort(), ["hello", "one", "two"]);
const erasures = changes.filter((change) => "erased" in change).map((change) => change.erased.user_id);
assert.equal(erasures.filter((user) => user === erased).length, 1);

const opened = ok(await api.GET("/public/api/links/{link_id}", { params: { path: { link_id: link.link_id } } }));
assert.deepEqual([opened.state, opened.uses, opened.clicks], ["live", 1, 1]);

console.log(`TypeScript: 2 links, 1 followed, 3 events, ${exported.size} users exported, ${changes.length} changes, 1 erasure`);
