output "delivery_id" {
  description = "ID of the log delivery."
  value       = aws_cloudwatch_log_delivery.this.id
}
