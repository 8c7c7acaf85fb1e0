"""The main job of an integration, with a client that openapi-python-client makes from the OpenAPI document:
make links, follow one, write interactions, export in pages, follow the changes, erase a user.

    API_URL=http://127.0.0.1:8787 API_TOKEN=odx_… python main_job.py
"""

import os
import time
import uuid
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from external_apis_client import AuthenticatedClient, Client
from external_apis_client.api.interactions import (
    interaction_changes,
    store_interactions,
    user_data_export,
    user_interactions,
)
from external_apis_client.api.tokens import whoami
from external_apis_client.api.users import erase_user
from external_apis_client.api.webchat_links import follow_link, generate_links, read_link
from external_apis_client.api.webchat_page import exchange_handoff, incoming_message
from external_apis_client.models import (
    Author,
    DatasetRow,
    DatasetRowAttributes,
    ErasedUser,
    Event,
    EventDataType0,
    Exchange,
    GenerateLinks,
    Line,
    LinkStatus,
    MessageContent,
    MessageContentDataType0,
    NoneValid,
    Problem,
    Scope,
    WebchatMessage,
)
from external_apis_client.types import UNSET, Unset

base_url, token = os.environ["API_URL"], os.environ["API_TOKEN"]
api = AuthenticatedClient(base_url=base_url, token=token)
anonymous = Client(base_url=base_url)

T = TypeVar("T")


def check(condition: bool, message: object) -> None:
    if not condition:
        raise SystemExit(f"main_job.py: {message}")


def ok(answer: T | Problem | NoneValid | None) -> T:
    """The body of a success; an error ends the job with the problem of the response."""
    if answer is None or isinstance(answer, Problem | NoneValid):
        raise SystemExit(f"main_job.py: {answer}")
    return answer


run = str(uuid.uuid4())
kept, erased = f"kept-{run}", f"erased-{run}"
start = datetime.now(UTC)

caller = ok(whoami.sync(client=api))
check(Scope.USERSERASE in caller.scopes, caller.scopes)

attributes: dict[str, Any] = {"first_name": "Ann", "vip": True, "tags": ["new", 7]}
rows = [DatasetRow(user_id=user, attributes=DatasetRowAttributes.from_dict(attributes)) for user in (kept, erased)]
wanted = GenerateLinks(scenario_id="customer_support", dataset=rows)
links = ok(generate_links.sync(client=api, body=wanted, idempotency_key=run))
check(links == ok(generate_links.sync(client=api, body=wanted, idempotency_key=run)), "the repeat has other links")
check([link.user_id for link in links] == [kept, erased], links)

followed = follow_link.sync_detailed(client=anonymous, code=urlsplit(links[0].url).path[1:])
check(followed.status_code == 302, followed)
page = urlsplit(followed.headers["location"])
handoff = parse_qs(page.fragment)["handoff"][0]
exchange = Exchange(handoff=handoff, nonce=run.replace("-", ""))
exchanged = ok(exchange_handoff.sync(client=anonymous, body=exchange, origin=f"{page.scheme}://{page.netloc}"))
check(exchanged.attributes.to_dict() == attributes, exchanged)
content = MessageContent(type_="text", data=MessageContentDataType0.from_dict({"text": "hello"}))
message = WebchatMessage(notification="message", user_id=kept, message_id=run, content=content)
webchat = AuthenticatedClient(base_url=base_url, token=exchanged.session)
check(ok(incoming_message.sync(client=webchat, body=message)) == [], "the message is not stored")


def event(user_id: str, text: str) -> Event:
    data = EventDataType0.from_dict({"choice": {"of": ["a", 1]}})
    return Event(user_id=user_id, author=Author.US, type_="text", date=start.isoformat(), text=text, data=data)


events = [event(kept, "one"), event(kept, "two"), event(erased, "three")]
check(ok(store_interactions.sync(client=api, body=events)).created == 3, "not 3 created")
check(ok(store_interactions.sync(client=api, body=events)).duplicate == 3, "not 3 duplicates")

said: dict[str, list[str]] = defaultdict(list)
period = [(start + timedelta(minutes=minutes)).isoformat() for minutes in (-1, 1)]
cursor: str | None | Unset = UNSET
while cursor is not None:
    listed = ok(user_interactions.sync(client=api, from_=period[0], to=period[1], limit=1, cursor=cursor))
    for one in listed.data:
        for user_id, user in one.additional_properties.items():
            said[user_id] += [interaction.text for interaction in user.interactions]
    check(not isinstance(listed.meta, Unset), "a page without meta")
    cursor = None if isinstance(listed.meta, Unset) else listed.meta.next_cursor
check(sorted(said[kept]) == ["hello", "one", "two"] and said[erased] == ["three"], said)

exported: set[str] = set()
position: str | None = ""
while position is not None:
    export = ok(user_data_export.sync(client=api, export_type="json", per_page=2, cursor=position))
    exported.update(*(one.additional_properties for one in export.data))
    position = export.meta.next_cursor
check({kept, erased} <= exported, exported)

answer = erase_user.sync_detailed(client=api, user_id=erased)
check(ok(answer.parsed).completed_at is None, answer)
while ok(answer.parsed).completed_at is None:
    time.sleep(float(answer.headers["retry-after"]))
    answer = erase_user.sync_detailed(client=api, user_id=erased)
receipt = ok(answer.parsed)
check((receipt.interactions, receipt.links) == (1, 1), receipt)

changes: list[Line | ErasedUser] = []
after: str | Unset = UNSET
caught_up = False
while not caught_up:
    changed = ok(interaction_changes.sync(client=api, cursor=after))
    changes += changed.data
    after, caught_up = changed.meta.next_cursor, changed.meta.caught_up
stored = sorted(change.text for change in changes if isinstance(change, Line) and change.user_id == kept)
check(stored == ["hello", "one", "two"], stored)
gone = [change for change in changes if isinstance(change, ErasedUser) and change.erased.user_id == erased]
check(len(gone) == 1, gone)

opened = ok(read_link.sync(link_id=links[0].link_id, client=api))
check((opened.state, opened.uses, opened.clicks) == (LinkStatus.LIVE, 1, 1), opened)

print(f"Python: 2 links, 1 followed, 3 events, {len(exported)} users exported, {len(changes)} changes, 1 erasure")
