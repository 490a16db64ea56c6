# The rules of the firewall, from plans and read as JSON: a rule has hundreds of kinds of statements, three levels deep,
# and Terraform takes seconds to compare the types of two of them.

mock_provider "aws" {
  mock_resource "aws_wafv2_web_acl" {
    override_during = plan
    defaults        = { arn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/rainbow-seeker/1" }
  }
}

variables {
  name = "rainbow-seeker"
}

run "firewall" {
  command = plan

  variables {
    scope      = "CLOUDFRONT"
    count_only = true
  }

  assert {
    condition     = jsonencode([aws_wafv2_web_acl.this.name, aws_wafv2_web_acl.this.scope, aws_wafv2_web_acl.this.description, aws_wafv2_web_acl.this.tags["Name"], length(aws_wafv2_web_acl.this.default_action[0].allow), output.arn]) == jsonencode(["rainbow-seeker", "CLOUDFRONT", "Managed rules and a rate limit", "rainbow-seeker", 1, aws_wafv2_web_acl.this.arn])
    error_message = "The web ACL admits what no rule refuses."
  }

  assert {
    condition     = jsonencode({ for rule in jsondecode(jsonencode(aws_wafv2_web_acl.this.rule)) : rule.name => [rule.priority, [for one in rule.statement[0].rate_based_statement : [one.limit, one.evaluation_window_sec, one.aggregate_key_type]], [for one in rule.statement[0].managed_rule_group_statement : [one.name, one.vendor_name]], length(rule.action), [for one in rule.override_action : [length(one.count), length(one.none)]]] }) == jsonencode({ rate = [0, [[2000, 300, "IP"]], [], 1, []], AWSManagedRulesAmazonIpReputationList = [1, [], [["AWSManagedRulesAmazonIpReputationList", "AWS"]], 0, [[1, 0]]], AWSManagedRulesCommonRuleSet = [2, [], [["AWSManagedRulesCommonRuleSet", "AWS"]], 0, [[1, 0]]], AWSManagedRulesKnownBadInputsRuleSet = [3, [], [["AWSManagedRulesKnownBadInputsRuleSet", "AWS"]], 0, [[1, 0]]] })
    error_message = "The rules are the rate limit and three of AWS's, which count."
  }

  assert {
    condition     = alltrue([for view in concat([for rule in jsondecode(jsonencode(aws_wafv2_web_acl.this.rule)) : rule.visibility_config[0] if rule.visibility_config[0].metric_name == rule.name], aws_wafv2_web_acl.this.visibility_config) : view.cloudwatch_metrics_enabled && view.sampled_requests_enabled]) && length([for rule in jsondecode(jsonencode(aws_wafv2_web_acl.this.rule)) : rule if rule.visibility_config[0].metric_name == rule.name]) == 4
    error_message = "Each rule has its metric."
  }
}

run "firewall_that_refuses" {
  command = plan

  variables {
    scope = "REGIONAL"
  }

  assert {
    condition     = alltrue([for rule in jsondecode(jsonencode(aws_wafv2_web_acl.this.rule)) : length(rule.override_action[0].none) == 1 if rule.name != "rate"]) && [for rule in jsondecode(jsonencode(aws_wafv2_web_acl.this.rule)) : length(rule.action[0].block) if rule.name == "rate"] == [1]
    error_message = "By default, the rules refuse."
  }
}
