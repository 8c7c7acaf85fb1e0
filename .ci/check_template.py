"""Translates template.yaml as CloudFormation's SAM transform does, offline, and lints the result and edge.yaml."""

import difflib
import json
import logging
import pathlib
import re
import sys
from concurrent.futures import ProcessPoolExecutor

import boto3
from cfnlint.api import ManualArgs, lint
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from resolve_template import Refused, Resolver, lines

TEMPLATE = pathlib.Path("template.yaml")
EDGE = pathlib.Path("edge.yaml")
# Where a value decides what is checked. arm64 is the default, x86_64 what most machines build.
PARAMETERS = {"Architecture": "x86_64", "TokenPublicKeys": "A" * 43}
PARAMETERS_OF_ALL = {"TokenPublicKeys": "A" * 43}
# The policies that SAM adds to roles by name; it would ask IAM for the list.
MANAGED = {
    name: f"arn:aws:iam::aws:policy/{path}{name}"
    for name, path in [("AWSLambdaBasicExecutionRole", "service-role/"), ("AWSXRayDaemonWriteAccess", "")]
}


def problems(text, regions=("us-east-1", "eu-central-1")):
    """What is wrong with a template, one sentence each. CloudFront and its firewall exist in us-east-1 alone."""
    if "\nTransform:" not in text:
        return linted(text, ["us-east-1"])
    try:
        template = translated(text)
    except InvalidDocumentException as error:
        return [cause.message for cause in error.causes]
    return linted(json.dumps(template, indent=1), list(regions))


def translated(text):
    """The template as CloudFormation gets it from the SAM transform. The caller answers for an error."""
    template = yaml_parse(text)
    if "Transform" not in template:
        return template
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"  # as `sam deploy` writes it
    translator = Translator(MANAGED, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    return translator.translate(template, PARAMETERS)


def linted(text, regions):
    found = lint(text, config=ManualArgs(regions=regions))
    return [f"{match.rule.id} {'/'.join(map(str, match.path or []))}: {match.message}" for match in found]


# Sets of parameters: the template, and what is given. For each there is a file in .ci/template with what CloudFormation
# would create: of the first of a template the values that another set changes, of the others what differs from the first.
# `--accept` writes the files.
CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/a-1"
EDGE_PARAMETERS = {"ApiHost": "abc123.execute-api.eu-central-1.amazonaws.com", "DomainName": "go.example.com",
                   "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a-1"}
DOMAINS = {"ApiDomainName": "api.example.com", "ApiCertificateArn": CERTIFICATE, "LinkDomainName": "go.example.com",
           "LinkCertificateArn": CERTIFICATE}
SETS = {
    "defaults": (TEMPLATE, {}),
    "domains": (TEMPLATE, DOMAINS),
    "link-base-url": (TEMPLATE, DOMAINS | {"LinkBaseUrl": "https://links.example.com"}),
    "restored": (TEMPLATE, {"MakeTable": "false", "TableName": "external-api-2",
                            "DataKeyArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:external-api-data-key-1"}),
    "rotated": (TEMPLATE, {"SigningKey": "b", "SigningKeyBRevision": 2}),
    "mailing": (TEMPLATE, {"WebchatRate": 8000, "WarmReads": 20000, "WarmWrites": 10000, "RedirectConcurrency": 200,
                           "WebchatConcurrency": 200, "IngestConcurrency": 100, "AlarmMail": "operator@example.com"}),
    "syncing": (TEMPLATE, {"SyncMinutes": 5}),
    "signing": (TEMPLATE, {"TokenSigningKeyArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:external-api-token-key-1"}),
    "provider": (TEMPLATE, {"SignIn": "provider", "OidcIssuer": "https://accounts.example.com", "OidcClientId": "console",
                            "OidcClientSecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:oidc-1"}),
    "no-sign-in": (TEMPLATE, {"SignIn": "none"}),
    "refused-provider-alone": (TEMPLATE, {"SignIn": "provider"}),
    "traced-x86": (TEMPLATE, {"Tracing": "Active", "Architecture": "x86_64", "LogRetentionDays": 7}),
    "refused-trailing-dot": (TEMPLATE, DOMAINS | {"LinkDomainName": "go.example.com."}),
    "refused-domain-alone": (TEMPLATE, {"LinkDomainName": "go.example.com"}),
    "refused-warm-writes": (TEMPLATE, {"WarmWrites": 1000}),
    "refused-retention": (TEMPLATE, {"LogRetentionDays": 31}),
    "edge": (EDGE, EDGE_PARAMETERS),
    "edge-limits": (EDGE, EDGE_PARAMETERS | {"LinkRequestsPerAddress": 10000}),
    "refused-edge-origin": (EDGE, EDGE_PARAMETERS | {"ApiHost": "api.example.com"}),
}


def resolved(template, file, given):
    region = {"AWS::Region": "us-east-1"} if file == EDGE else {}
    given = given if file == EDGE else PARAMETERS_OF_ALL | given
    try:
        return list(lines(Resolver(template, given, region).resolved()))
    except Refused as refused:
        return [f"refused: {refused}"]


def differences(accept):
    """Where a set of parameters resolves to something else than its file says."""
    templates = {file: translated(file.read_text()) for file in (TEMPLATE, EDGE)}
    sets = {name: set(resolved(templates[file], file, given)) for name, (file, given) in SETS.items()}
    firsts = {TEMPLATE: "defaults", EDGE: "edge"}
    found = []
    for name, (file, _) in SETS.items():
        first = sets[firsts[file]]
        if name.startswith("refused-"):
            shown = sorted(sets[name])
        elif name in firsts.values():
            others = [sets[other] for other, (its, _) in SETS.items() if its == file and not other.startswith("refused-")]
            shown = sorted(line for line in first if not all(line in other for other in others))
        else:
            shown = [f"+ {line}" for line in sorted(sets[name] - first)] + [f"- {line}" for line in sorted(first - sets[name])]
        golden, text = pathlib.Path(f".ci/template/{name}.txt"), "\n".join(shown) + "\n"
        if accept:
            golden.write_text(text)
        elif not golden.exists() or golden.read_text() != text:
            old = golden.read_text() if golden.exists() else ""
            diff = difflib.unified_diff(old.splitlines(), text.splitlines(), str(golden), "resolved", lineterm="", n=0)
            found.append("\n".join(list(diff)[:30]) + "\n(.ci/check-template --accept writes the files)")
    kept = {path.stem for path in pathlib.Path(".ci/template").glob("*.txt")}
    return found + [f".ci/template/{name}.txt belongs to no set of parameters" for name in sorted(kept - set(SETS))]


# Mistakes that must be found: what is replaced, by what, and what the finding names.
MISTAKES = [
    ("a !Ref in Globals that leads nowhere", "TABLE_NAME: !Ref TableName", "TABLE_NAME: !Ref TabelName", "TabelName"),
    ("a runtime that does not exist", "Runtime: provided.al2023", "Runtime: provided.al2032", "al2032"),
    ("a misspelt IAM action", "dynamodb:UpdateItem", "dynamodb:UpdateItme", "updateitme"),
    ("a key attribute that is not defined", "{ AttributeName: SK, AttributeType: S }",
     "{ AttributeName: SKK, AttributeType: S }", "SKK"),
    ("a condition that does not exist", "Condition: HasAlarmMail", "Condition: HasAlarmMial", "HasAlarmMial"),
    ("a property that does not exist", "DeletionProtectionEnabled: true", "DeletionProtection: true", "DeletionProtection"),
    ("a !GetAtt that leads nowhere", "DestinationArn: !GetAtt AccessLog.Arn", "DestinationArn: !GetAtt AccesLog.Arn", "AccesLog"),
    ("a retention that CloudWatch refuses", "RetentionInDays: !Ref LogRetentionDays", "RetentionInDays: 31", "31"),
    ("a level that Lambda does not have", "SystemLogLevel: WARN", "SystemLogLevel: WARNING", "WARNING"),
    ("a warm throughput without its unit", "WriteUnitsPerSecond: !Ref WarmWrites", "WriteUnits: !Ref WarmWrites", "WriteUnits"),
    ("a reservation of a parameter that does not exist", "!Ref DocsConcurrency", "!Ref DocConcurrency", "DocConcurrency"),
]
EDGE_MISTAKES = [
    ("a firewall that leads nowhere", "!GetAtt Firewall.Arn", "!GetAtt FireWall.Arn", "FireWall"),
    ("a scope that WAF does not have", "Scope: CLOUDFRONT", "Scope: GLOBAL", "GLOBAL"),
    ("a misspelt action", "Block:", "Blok:", "Blok"),
    ("a limit below WAF's least", "Limit: !Ref RequestsPerAddress", "Limit: 1", "1"),
    ("a TLS version that CloudFront does not have", "TLSv1.2_2021", "TLSv1.2_2012", "2012"),
]


def finding(case):
    """The first finding that names the mistake, or nothing. One region is enough for a mistake."""
    text, (what, right, wrong, named) = case
    assert right in text, f"the template has no `{right}` to spoil"
    found = problems(text.replace(right, wrong, 1), ["us-east-1"])
    return what, next((line for line in found if named.lower() in line.lower()), None)


def self_test(cases):
    missed = []
    with ProcessPoolExecutor(initializer=logging.disable, initargs=(logging.WARNING,)) as pool:
        for what, found in pool.map(finding, cases):
            if found:
                print(f"found {what}: {found[:120]}")
            else:
                missed.append(f"{what} is not found")
    return missed


def main():
    logging.disable(logging.WARNING)  # the translator's own
    text, edge = TEMPLATE.read_text(), EDGE.read_text()
    found = problems(text) + [f"{EDGE}: {problem}" for problem in problems(edge)]
    # A short link's path is its secret.
    if re.search(r"\$context\.(path|resourcePath|identity|authorizer)|queryString|rawPath", text):
        found.append("the access log must not have paths, queries or people")
    found += differences(accept="--accept" in sys.argv[1:]) if not found else []
    if not found and "--self-test" in sys.argv[1:]:
        found = self_test([(text, mistake) for mistake in MISTAKES] + [(edge, mistake) for mistake in EDGE_MISTAKES])
    print("\n".join(found) or f"{TEMPLATE} and {EDGE} are right")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
