"""Makes the Postman collection (format 2.1) of the OpenAPI document.

    python tools/clients/postman.py functions/docs/assets/openapi.json >docs/postman/external-apis.postman_collection.json

Requests have the document's examples. Ids that only an installation knows are variables. Scripts fill them: a request that
needs a link makes one first, and `Follow a link` keeps the handoff for `Exchange a handoff`.
"""

import json
import sys
from typing import Any

Json = dict[str, Any]

VARIABLES = {
    "address": ("http://127.0.0.1:8787", "The address of the installation; this is the local server's."),
    "token": ("", "An API token. The local server's demo token is in `.local/token`."),
    "scenario_id": ("customer_support", "A scenario with a webchat page; this is the demo's."),
    "user_to_erase": ("postman-user", "The id of the user that `Erase a user` erases, for good."),
    "token_to_revoke": ("tok_5vJ2mXq9TqLw", "The id of a token; the example names none, so the answer is 404."),
}
# Variables that scripts fill: of the link that the requests follow and read, and of the one that they revoke.
LINK = ["link_id", "code", "campaign", "user_id"]
REVOKED = ["revoked_link_id", "revoked_campaign"]
FILLED = [*LINK, *REVOKED, "token_to_rotate", "handoff", "origin", "nonce", "session"]

# The values that are not the document's examples: by operation, of parameters and of members of the body.
VALUES: dict[str, Json] = {
    "followLink": {"code": "{{code}}"},
    "readLink": {"link_id": "{{link_id}}"},
    "campaignFunnel": {"campaign": "{{campaign}}"},
    "changeLink": {"link_id": "{{link_id}}"},
    "changeCampaign": {"campaign": "{{campaign}}"},
    "revokeLink": {"link_id": "{{revoked_link_id}}"},
    "revokeCampaign": {"campaign": "{{revoked_campaign}}"},
    "rotateToken": {"id": "{{token_to_rotate}}"},
    "revokeToken": {"id": "{{token_to_revoke}}"},
    "exportUser": {"user_id": "ann"},
    "eraseUser": {"user_id": "{{user_to_erase}}"},
    "generateLinks": {"scenario_id": "{{scenario_id}}"},
    "generateLinksLegacy": {"scenario_id": "{{scenario_id}}"},
    "exchangeHandoff": {"Origin": "{{origin}}", "handoff": "{{handoff}}", "nonce": "{{nonce}}"},
    "reportTurns": {"session": "{{session}}"},
    "incomingMessage": {"user_id": "{{user_id}}", "message_id": "{{$guid}}"},
}

MAKE_LINK = """
const names = %(names)s;
if (!pm.variables.get(names[0])) {
  const campaign = `postman-${pm.variables.replaceIn("{{$guid}}")}`;
  const dataset = [{ user_id: "ann", attributes: { first_name: "Ann" } }];
  const links = { scenario_id: pm.variables.get("scenario_id"), campaign, expires_at: "2099-12-31", dataset };
  pm.sendRequest({
    url: `${pm.variables.get("address")}/public/api/generate-webchat-deep-link`,
    method: "POST",
    header: { Authorization: `Bearer ${pm.variables.get("token")}`, "Content-Type": "application/json" },
    body: { mode: "raw", raw: JSON.stringify(links) },
  }, (error, response) => {
    pm.expect(error ? 0 : response.code, "making a link").to.equal(200);
    const [link] = response.json();
    const values = { link_id: link.link_id, code: link.url.split("/").pop(), campaign, user_id: link.user_id };
    for (const name of names) pm.collectionVariables.set(name, values[name.replace("revoked_", "")]);
  });
}"""
BEFORE = {
    **dict.fromkeys(["followLink", "readLink", "campaignFunnel", "changeLink", "changeCampaign"], MAKE_LINK % {"names": json.dumps(LINK)}),
    **dict.fromkeys(["revokeLink", "revokeCampaign"], MAKE_LINK % {"names": json.dumps(REVOKED)}),
}
CLEAR = 'for (const name of %s) pm.collectionVariables.unset(name);'
AFTER = {
    "followLink": """
const [page, handoff] = pm.response.headers.get("Location").split("#handoff=");
pm.collectionVariables.set("handoff", handoff);
pm.collectionVariables.set("origin", page.split("/").slice(0, 3).join("/"));
pm.collectionVariables.set("nonce", pm.variables.replaceIn("{{$guid}}").replaceAll("-", ""));""",
    "createToken": 'pm.collectionVariables.set("token_to_rotate", pm.response.json().id);',
    "exchangeHandoff": 'pm.collectionVariables.set("session", pm.response.json().session);',
    **dict.fromkeys(["revokeLink", "revokeCampaign"], CLEAR % json.dumps(REVOKED)),
}
NEEDS = {
    "exchangeHandoff": "Send `Follow a link` first: it keeps the handoff, which is valid for two minutes.",
    "incomingMessage": "Send `Follow a link` and `Exchange a handoff` first: the exchange keeps the session.",
    "reportTurns": "Send `Follow a link` and `Exchange a handoff` first: the exchange keeps the session.",
    "rotateToken": "Send `Create a token` first: it keeps the id.",
    "revokeToken": "Set `token_to_revoke` to the id of a token that `List tokens` shows.",
}


def main() -> None:
    document: Json = json.load(open(sys.argv[1], encoding="utf-8"))
    operations = [
        (path, method.upper(), operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    folders = [folder(document, tag, [one for one in operations if tag["name"] in one[2]["tags"]]) for tag in document["tags"]]
    variables = [{"key": key, "value": value, "description": text} for key, (value, text) in VARIABLES.items()]
    collection = {
        "info": {
            "name": document["info"]["title"],
            "description": document["info"]["description"] + "\n\nSet `address` and `token` in the collection's variables.",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "auth": bearer("token"),
        "variable": variables + [{"key": key, "value": ""} for key in FILLED],
        "item": folders,
    }
    json.dump(collection, sys.stdout, ensure_ascii=False, indent=2)
    print()


def folder(document: Json, tag: Json, operations: list[tuple[str, str, Json]]) -> Json:
    # A request that needs another comes after it, and what removes something comes last.
    order = list(NEEDS)
    operations.sort(key=lambda one: (one[1] == "DELETE", order.index(one[2]["operationId"]) if one[2]["operationId"] in order else -1))
    return {
        "name": tag["name"],
        "description": tag["description"],
        "item": [item(document, path, method, operation) for path, method, operation in operations],
    }


def item(document: Json, path: str, method: str, operation: Json) -> Json:
    name = operation["operationId"]
    request = request_of(document, path, method, operation)
    wanted = sorted(int(status) for status in operation["responses"] if status < "400")
    if name == "revokeToken":
        wanted.append(404)
    test = [
        'pm.test("The response is a success that the document describes", () => {',
        f"  pm.expect(pm.response.code, pm.response.text()).to.be.oneOf({json.dumps(wanted)});",
        "});",
    ]
    events = [script("test", [*test, *lines(AFTER.get(name, ""))])]
    if name in BEFORE:
        events.insert(0, script("prerequest", lines(BEFORE[name])))
    made: Json = {"name": operation["summary"], "event": events, "request": request}
    if any(status.startswith("3") for status in operation["responses"]):
        made["protocolProfileBehavior"] = {"followRedirects": False}
    made["response"] = list(responses(document, request, operation))
    return made


def request_of(document: Json, path: str, method: str, operation: Json) -> Json:
    values = VALUES.get(operation["operationId"], {})
    query, headers = [], []
    for parameter in operation.get("parameters", []):
        name, text = parameter["name"], parameter.get("description", "")
        value = values.get(name, parameter.get("example", ""))
        if parameter["in"] == "path":
            path = path.replace(f"{{{name}}}", value)
        else:
            # An optional parameter is listed and not sent, until the user ticks it.
            entry = {"key": name, "value": value, "description": text, "disabled": not parameter["required"]}
            (query if parameter["in"] == "query" else headers).append(entry)
    sent = "&".join(f"{entry['key']}={entry['value']}" for entry in query if not entry["disabled"])
    request: Json = {
        "method": method,
        "header": headers,
        "url": {
            "raw": "{{address}}" + path + (f"?{sent}" if sent else ""),
            "host": ["{{address}}"],
            "path": path.strip("/").split("/"),
            "query": query,
        },
        "description": "\n\n".join(filter(None, [operation["description"], NEEDS.get(operation["operationId"])])),
    }
    schemes = [scheme for alternative in operation["security"] for scheme in alternative]
    if schemes != ["token"]:
        request["auth"] = bearer(schemes[0]) if schemes else {"type": "noauth"}
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content:
        body = example(document, content)
        if isinstance(body, dict):
            body = {name: values.get(name, value) for name, value in body.items()}
        headers.append({"key": "Content-Type", "value": "application/json"})
        request["body"] = {"mode": "raw", "raw": pretty(body), "options": {"raw": {"language": "json"}}}
    return request


def responses(document: Json, request: Json, operation: Json) -> Any:
    """The examples of the successes, as saved responses."""
    for status, response in operation["responses"].items():
        kind, content = next(iter(response.get("content", {}).items()), ("", {}))
        if status < "400" and kind == "application/json":
            yield {
                "name": f"{status} {response['description']}",
                "originalRequest": request,
                "code": int(status),
                "header": [{"key": "Content-Type", "value": kind}],
                "body": pretty(example(document, content)),
            }


def example(document: Json, content: Json) -> Any:
    schema = resolved(document, content["schema"])
    found = content.get("example", schema.get("example"))
    if found is None and "items" in schema:
        return [resolved(document, schema["items"])["example"]]
    return found


def resolved(document: Json, schema: Json) -> Json:
    return document["components"]["schemas"][schema["$ref"].split("/")[-1]] if "$ref" in schema else schema


def bearer(variable: str) -> Json:
    return {"type": "bearer", "bearer": [{"key": "token", "value": f"{{{{{variable}}}}}", "type": "string"}]}


def script(when: str, code: list[str]) -> Json:
    return {"listen": when, "script": {"type": "text/javascript", "exec": code}}


def lines(code: str) -> list[str]:
    return code.strip("\n").split("\n") if code else []


def pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


main()
