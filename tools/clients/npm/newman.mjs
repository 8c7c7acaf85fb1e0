// Runs a Postman collection: once as a whole, then each request alone, as a first Send after the import.
//
//   API_URL=http://127.0.0.1:8787 API_TOKEN=odx_… TOKEN_TO_REVOKE=tok_… node newman.mjs collection.json

import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import newman from "newman";

const collection = JSON.parse(await readFile(process.argv[2], "utf8"));
const { API_URL: address, API_TOKEN: token, TOKEN_TO_REVOKE: token_to_revoke } = process.env;
const envVar = Object.entries({ address, token, token_to_revoke }).map(([key, value]) => ({ key, value }));
// These need a handoff, which only `Follow a link` shows, the session of its exchange, or the id that `Create a token` shows.
const NOT_FIRST = ["Exchange a handoff", "Send a message", "Report turns", "Replace a token"];

async function run(folder) {
  const { run } = await promisify(newman.run)({ collection, envVar, folder, timeoutRequest: 10_000 });
  for (const { source, error } of run.failures) console.error(`${source?.name} (in ${folder ?? "a whole run"}): ${error.message}`);
  process.exitCode ||= run.failures.length > 0 ? 1 : 0;
  return run.stats;
}

const requests = collection.item.flatMap(({ item }) => item.map(({ name }) => name));
const { requests: sent, assertions } = await run();
const first = requests.filter((name) => !NOT_FIRST.includes(name));
for (const name of first) await run(name);
console.log(`Postman: ${assertions.total} of ${requests.length} requests as a whole run (${sent.total} sent), ${first.length} alone`);
