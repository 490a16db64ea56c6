output "value" {
  description = "64 hexadecimal digits, other ones on each run. Give it to write-only arguments alone."
  value       = local.value
  sensitive   = true
}
