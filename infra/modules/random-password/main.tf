# A random password for write-only arguments, and for nothing else: it is another one on each run, and a write-only
# argument keeps it out of plan and state. uuid() draws 122 bits from the operating system's generator; two of them
# hashed give 64 hexadecimal digits. The provider's ephemeral random password would do the same with a call to AWS,
# but tests with mocked providers refuse ephemeral resources.

locals {
  value = sha256("${uuid()}${uuid()}")
}
