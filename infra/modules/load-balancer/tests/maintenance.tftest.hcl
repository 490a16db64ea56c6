# The maintenance answer: hidden when it is made, before all other rules, on the listener that customers end at.

mock_provider "aws" {
  mock_data "aws_service" {
    defaults = { region = "ap-northeast-1" }
  }

  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/app/rainbow-seeker-alb/1" }
  }

  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/rainbow-seeker-api/1" }
  }

  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:listener/app/rainbow-seeker-alb/1/mocked" }
  }
}

variables {
  name              = "rainbow-seeker-alb"
  vpc_id            = "vpc-1"
  subnet_ids        = ["subnet-1", "subnet-2"]
  security_group_id = "sg-1"
  target            = { name = "rainbow-seeker-api", port = 3000 }
}

run "none" {
  command = plan

  assert {
    condition     = length(aws_lb_listener_rule.maintenance) == 0 && output.maintenance_rule_arn == null
    error_message = "By default the load balancer answers with its own page."
  }
}

run "a_page" {
  variables {
    maintenance = { body = "<p>We will be back soon." }
  }

  assert {
    condition     = jsonencode([for action in aws_lb_listener_rule.maintenance[0].action : [action.type, [for response in action.fixed_response : [response.status_code, response.content_type, response.message_body]]]]) == jsonencode([["fixed-response", [["503", "text/html", "<p>We will be back soon."]]]])
    error_message = "The answer is the given one, as HTML, with status 503."
  }

  # As in actions/service-control/src/maintenance.ts, which refuses any other condition.
  assert {
    condition     = jsonencode([for condition in aws_lb_listener_rule.maintenance[0].condition : [for host in condition.host_header : host.values]]) == jsonencode([[["maintenance.invalid"]]])
    error_message = "The condition is not the one of a hidden answer."
  }

  assert {
    condition     = aws_lb_listener_rule.maintenance[0].priority == 1 && aws_lb_listener_rule.maintenance[0].listener_arn == aws_lb_listener.http.arn
    error_message = "The rule does not come first."
  }

  assert {
    condition     = output.maintenance_rule_arn == aws_lb_listener_rule.maintenance[0].arn
    error_message = "The output is another rule."
  }
}

run "with_https" {
  variables {
    certificate = { arn = "arn:aws:acm:ap-northeast-1:123456789012:certificate/0" }
    maintenance = { content_type = "application/json", body = "{}" }
  }

  assert {
    condition     = aws_lb_listener_rule.maintenance[0].listener_arn == aws_lb_listener.https[0].arn
    error_message = "HTTP only redirects."
  }
}
