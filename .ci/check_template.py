"""Translates template.yaml as CloudFormation's SAM transform does, offline, and lints the result."""

import json
import logging
import pathlib
import re
import sys

import boto3
from cfnlint.api import ManualArgs, lint
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = pathlib.Path("template.yaml")
# Where a value decides what is checked. arm64 is the default, x86_64 what most machines build.
PARAMETERS = {"Architecture": "x86_64", "TokenPublicKeys": "A" * 43}
# The policies that SAM adds to roles by name; it would ask IAM for the list.
MANAGED = {
    name: f"arn:aws:iam::aws:policy/{path}{name}"
    for name, path in [("AWSLambdaBasicExecutionRole", "service-role/"), ("AWSXRayDaemonWriteAccess", "")]
}


def problems(text):
    """What is wrong with a template, one sentence each."""
    template = yaml_parse(text)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"  # as `sam deploy` writes it
    translator = Translator(MANAGED, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    try:
        translated = translator.translate(template, PARAMETERS)
    except InvalidDocumentException as error:
        return [cause.message for cause in error.causes]
    found = lint(json.dumps(translated, indent=1), config=ManualArgs(regions=["us-east-1", "eu-central-1"]))
    return [f"{match.rule.id} {'/'.join(map(str, match.path or []))}: {match.message}" for match in found]


# Mistakes that must be found: what is replaced, by what, and what the finding names.
MISTAKES = [
    ("a !Ref in Globals that leads nowhere", "TABLE_NAME: !Ref TableName", "TABLE_NAME: !Ref TabelName", "TabelName"),
    ("a runtime that does not exist", "Runtime: provided.al2023", "Runtime: provided.al2032", "al2032"),
    ("a misspelt IAM action", "dynamodb:UpdateItem", "dynamodb:UpdateItme", "updateitme"),
    ("a key attribute that is not defined", "{ AttributeName: links_of, AttributeType: S }",
     "{ AttributeName: link_of, AttributeType: S }", "link"),
    ("a condition that does not exist", "Condition: HasAlarmMail", "Condition: HasAlarmMial", "HasAlarmMial"),
    ("a property that does not exist", "DeletionProtectionEnabled: true", "DeletionProtection: true", "DeletionProtection"),
    ("a !GetAtt that leads nowhere", "DestinationArn: !GetAtt AccessLog.Arn", "DestinationArn: !GetAtt AccesLog.Arn", "AccesLog"),
    ("a retention that CloudWatch refuses", "RetentionInDays: !Ref LogRetentionDays", "RetentionInDays: 31", "31"),
]


def self_test(text):
    for what, right, wrong, named in MISTAKES:
        assert right in text, f"the template has no `{right}` to spoil"
        found = [line for line in problems(text.replace(right, wrong, 1)) if named.lower() in line.lower()]
        if not found:
            return [f"{what} is not found"]
        print(f"found {what}: {found[0][:120]}")
    return []


def main():
    logging.disable(logging.WARNING)  # the translator's own
    text = TEMPLATE.read_text()
    found = problems(text)
    # A short link's path is its secret.
    if re.search(r"\$context\.(path|resourcePath|identity|authorizer)|queryString|rawPath", text):
        found.append("the access log must not have paths, queries or people")
    if not found and "--self-test" in sys.argv[1:]:
        found = self_test(text)
    print("\n".join(found) or "template.yaml is right")
    return 1 if found else 0


sys.exit(main())
