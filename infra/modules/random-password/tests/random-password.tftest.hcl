# Each apply makes another password: runs share their outputs, so that the second can be compared with the first.

run "a_password" {
  command = apply

  assert {
    condition     = can(regex("^[0-9a-f]{64}$", output.value))
    error_message = "A password has 64 hexadecimal digits."
  }
}

run "another_one" {
  command = apply

  assert {
    condition     = can(regex("^[0-9a-f]{64}$", output.value)) && output.value != run.a_password.value
    error_message = "Two applies make the same password."
  }
}
