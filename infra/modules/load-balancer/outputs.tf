output "dns_name" {
  description = "DNS name of the load balancer."
  value       = aws_lb.this.dns_name
}

output "url" {
  description = "URL at which users reach the load balancer: its domain where there is one, its own name otherwise. With a given certificate, the name that your DNS has for it."
  value       = var.domain == null ? "${local.encrypted ? "https" : "http"}://${aws_lb.this.dns_name}/" : "https://${var.domain.name}/"
}

output "name" {
  description = "Name of the load balancer."
  value       = aws_lb.this.name
}

output "arn_suffix" {
  description = "The LoadBalancer dimension of its CloudWatch metrics."
  value       = aws_lb.this.arn_suffix
}

output "target_group_arn_suffix" {
  description = "The TargetGroup dimension of the CloudWatch metrics of the target group."
  value       = aws_lb_target_group.this.arn_suffix
}

output "maintenance_rule_arn" {
  description = "ARN of the rule with the maintenance answer, for the input maintenance-rule-arn of service-control; null without one."
  value       = one(aws_lb_listener_rule.maintenance[*].arn)
}

output "target_group_arn" {
  description = "ARN of the target group that a service registers its tasks in."
  value       = aws_lb_target_group.this.arn

  # A service can use a target group only once a listener forwards to it.
  depends_on = [aws_lb_listener.http, aws_lb_listener.https]
}
