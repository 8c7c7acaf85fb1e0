"""Resolves a translated template as CloudFormation would for one set of parameters: rules, conditions and functions."""

import re

PSEUDO = {
    "AWS::Region": "eu-central-1", "AWS::AccountId": "123456789012", "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "external-api", "AWS::StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/external-api/5e9f1a60-0000-1111-2222-0a58a9feac02", "AWS::NotificationARNs": [],
}
NOTHING = object()  # AWS::NoValue


class Refused(Exception):
    """CloudFormation would refuse the parameters, with this sentence."""


class Resolver:
    def __init__(self, template, parameters, pseudo):
        self.template, self.pseudo = template, PSEUDO | pseudo
        declared = template.get("Parameters", {})
        unknown = set(parameters) - set(declared)
        if unknown:
            raise Refused(f"the template has no parameter {sorted(unknown)[0]}")
        self.parameters = {name: checked(name, one, parameters) for name, one in declared.items()}
        self.conditions = {}
        for rule in template.get("Rules", {}).values():
            if "RuleCondition" not in rule or self.truth(rule["RuleCondition"]):
                for assertion in rule["Assertions"]:
                    if not self.truth(assertion["Assert"]):
                        raise Refused(assertion["AssertDescription"])

    def resolved(self):
        """The resources and outputs that exist, with every function resolved."""
        exists = lambda one: "Condition" not in one or self.condition(one["Condition"])
        sections = {name: self.template.get(name, {}) for name in ("Resources", "Outputs")}
        return {name: self.value({key: one for key, one in section.items() if exists(one)}) for name, section in sections.items()}

    def condition(self, name):
        if name not in self.conditions:
            self.conditions[name] = self.truth(self.template["Conditions"][name])
        return self.conditions[name]

    def truth(self, test):
        (function, arguments), = test.items()
        if function == "Condition":
            return self.condition(arguments)
        if function == "Fn::Equals":
            left, right = (str(self.value(argument)) for argument in arguments)
            return left == right
        truths = [self.truth(argument) for argument in arguments]
        return {"Fn::Not": not truths[0], "Fn::And": all(truths), "Fn::Or": any(truths)}[function]

    def value(self, value):
        if isinstance(value, list):
            return [one for one in map(self.value, value) if one is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (function, argument), = value.items()
            if function == "Ref":
                return self.reference(argument)
            if function.startswith("Fn::"):
                return getattr(self, function[4:].lower())(argument)
        members = {name: self.value(one) for name, one in value.items()}
        return {name: one for name, one in members.items() if one is not NOTHING}

    def reference(self, name):
        if name == "AWS::NoValue":
            return NOTHING
        if name in self.parameters:
            return self.parameters[name]
        return self.pseudo.get(name, f"<{name}>")

    def getatt(self, argument):
        return f"<{argument if isinstance(argument, str) else '.'.join(argument)}>"

    def sub(self, argument):
        text, names = argument if isinstance(argument, list) else (argument, {})
        names = {name: self.value(one) for name, one in names.items()}
        found = lambda match: str(names[match[1]] if match[1] in names
                                  else f"<{match[1]}>" if "." in match[1] else self.reference(match[1]))
        return re.sub(r"\$\{([^!{}][^{}]*)\}", found, text)

    def join(self, argument):
        return argument[0].join(map(str, self.value(argument[1])))

    def split(self, argument):
        return self.value(argument[1]).split(argument[0])

    def select(self, argument):
        return self.value(argument[1])[int(argument[0])]

    def __getattr__(self, name):
        if name == "if":
            return lambda argument: self.value(argument[1 if self.condition(argument[0]) else 2])
        raise AttributeError(f"Fn::{name} is not resolved here")


def checked(name, declared, given):
    """The value of a parameter, within its bounds."""
    if name not in given and "Default" not in declared:
        raise Refused(f"{name} has no value")
    value = given.get(name, declared.get("Default"))
    said = f"{name}={value}: {declared.get('ConstraintDescription', 'out of bounds')}"
    if "AllowedPattern" in declared and not re.fullmatch(declared["AllowedPattern"], str(value)):
        raise Refused(said)
    if "AllowedValues" in declared and str(value) not in map(str, declared["AllowedValues"]):
        raise Refused(said)
    if declared["Type"] == "Number" and not declared.get("MinValue", 0) <= float(value) <= declared.get("MaxValue", 1e18):
        raise Refused(said)
    return value


def lines(value, path=""):
    """Every value at its path, one line each."""
    if isinstance(value, dict):
        for name in sorted(value):
            # A resource's condition is a name and creates nothing; a right's condition is an object.
            if name not in ("Description", "Metadata") and not (name == "Condition" and isinstance(value[name], str)):
                yield from lines(value[name], f"{path}/{name}")
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from lines(one, f"{path}/{place}")
    else:
        text = str(value)
        yield f"{path} = {text if len(text) <= 300 else text[:297] + '...'}"
