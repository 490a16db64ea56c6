"""What AWS's own service models say of the calls that the command line's own verbs and audit-record make, as JSON on
standard output.

Types: string, integer, double, boolean, timestamp, map, A|B (one of these strings), the name of a structure, [a list of
one of them]; ! marks what is required, and a number behind a list how long it may be at most.

    python3 cli/test/aws-model.py > cli/test/aws-model.json   (needs botocore)
"""

import json

import botocore
import botocore.loaders

CALLS = {
    "ecs": [
        "DescribeClusters",
        "DescribeServices",
        "DescribeServiceDeployments",
        "DescribeServiceRevisions",
        "DescribeTaskDefinition",
        "ListClusters",
        "ListServices",
        "ListServiceDeployments",
        "ListTaskDefinitions",
    ],
    "ecr": ["DescribeRepositories"],
    "iam": [
        "GetPolicy",
        "GetPolicyVersion",
        "GetRole",
        "GetRolePolicy",
        "ListAttachedRolePolicies",
        "ListRolePolicies",
        "SimulatePrincipalPolicy",
    ],
    "logs": ["CreateLogStream", "PutLogEvents"],
    "sts": ["GetCallerIdentity"],
}


def described(shapes, name, found):
    shape = shapes[name]
    kind = shape["type"]
    if kind == "structure":
        if name not in found:
            found[name] = None
            required = shape.get("required", [])
            found[name] = {
                member: described(shapes, one["shape"], found)
                + ("!" if member in required else "")
                for member, one in shape.get("members", {}).items()
            }
        return name
    if kind == "list":
        most = shape.get("max", "")
        return f"[{described(shapes, shape['member']['shape'], found)}]{most}"
    if kind == "string":
        return "|".join(shape["enum"]) if "enum" in shape else "string"
    return {"long": "integer", "float": "double"}.get(kind, kind)


def main():
    loader = botocore.loaders.Loader()
    calls, structures = {}, {}
    for service, names in CALLS.items():
        model = loader.load_service_model(service, "service-2")
        found = {}
        for name in names:
            operation = model["operations"][name]
            calls[f"{service}:{name}"] = {
                side: f"{service}.{described(model['shapes'], operation[side]['shape'], found)}"
                for side in ("input", "output")
                if side in operation
            }
        structures.update(
            {f"{service}.{name}": members for name, members in found.items()}
        )
    print(
        json.dumps(
            {"botocore": botocore.__version__, "calls": calls, "structures": structures}
        )
    )


main()
