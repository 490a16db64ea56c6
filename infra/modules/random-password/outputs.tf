output "value" {
  description = "64 hexadecimal digits, different ones on each run. Use it only in write-only arguments."
  value       = local.value
  sensitive   = true
}
