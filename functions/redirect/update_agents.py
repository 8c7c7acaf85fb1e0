#!/usr/bin/env python3
"""Writes src/agents.txt from crawler-user-agents, a list that is maintained on GitHub and published on npm.

    npm pack crawler-user-agents && tar xzf crawler-user-agents-*.tgz
    python3 functions/redirect/update_agents.py package
"""

import itertools
import json
import pathlib
import sys

try:
    from re import _parser as parser
except ImportError:  # before Python 3.11
    import sre_parse as parser

# People work with these: testers follow links with curl, and browser tests click as a person does.
NOT_PREVIEWS = {"http-library", "browser-automation"}
# Agents that the list lacks.
OURS = [
    "Bluesky Cardyb", "Facebot", "Mattermost/", "NotionBot", "NotionEmbedder", "OneOutlook", "Pinterest/0.",
    "Rocket.Chat/", "Slack-ImgProxy", "ZulipURLPreview", "kakaotalk-scrap", "Google-Read-Aloud", "bitlybot",
]


def texts(tree):
    """The texts that a pattern matches, `^` and `$` for its ends. Raises ValueError if they are not a few."""
    parts = []
    for operator, value in tree:
        name = str(operator)
        if name == "LITERAL":
            parts.append([chr(value)])
        elif name == "AT":
            parts.append(["^" if str(value) == "AT_BEGINNING" else "$"])
        elif name == "IN" and all(str(kind) == "LITERAL" for kind, _ in value):
            parts.append([chr(code) for _, code in value])
        elif name == "SUBPATTERN":
            parts.append(texts(value[-1]))
        elif name == "BRANCH":
            parts.append([text for branch in value[1] for text in texts(branch)])
        else:
            raise ValueError(name)
    return ["".join(chosen) for chosen in itertools.product(*parts)]


def main(package):
    version = json.loads((package / "package.json").read_text())["version"]
    found, left_out = set(OURS), []
    for entry in json.loads((package / "crawler-user-agents.json").read_text()):
        if NOT_PREVIEWS & set(entry["tags"]):
            continue
        try:
            found.update(texts(parser.parse(entry["pattern"])))
        except ValueError:
            left_out.append(entry["pattern"])
    found.add("AdsBot-Google")
    # A text that contains another is not needed. Without those, the list can be searched by halves.
    needed = sorted(text for text in found if not any(other != text and other in text for other in found))
    head = f"# crawler-user-agents {version}, MIT License, and a few of our own; written by update_agents.py\n"
    file = pathlib.Path(__file__).parent / "src" / "agents.txt"
    file.write_text(head + "".join(f"{text}\n" for text in needed))
    print(f"{len(needed)} texts; left out: {left_out}")


main(pathlib.Path(sys.argv[1]))
