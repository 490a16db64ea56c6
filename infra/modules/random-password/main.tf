# A random password, only for write-only arguments: it changes on each run, and a write-only argument keeps it out of
# plan and state. uuid() has 122 bits from the operating system's random generator; the hash of two UUIDs has 64
# hexadecimal digits. The provider's ephemeral random password would do the same with a call to AWS, but tests with
# mocked providers do not support ephemeral resources.

locals {
  value = sha256("${uuid()}${uuid()}")
}
