# SPDX-License-Identifier: Apache-2.0
# One line of what happened in a kernel, and lines of what failed; of the log of scripts/kernels.d/init.
# may_be_down: the sources that this kernel cannot have.
/^#kernel / { release = $2 }
/^#tests begin/ { part = "tests" }
/^#tests exit / { tests_exit = $3; part = "" }
/^#doctor begin/ { part = "doctor" }
/^#doctor exit / { part = "" }
part == "tests" && /^TEST CASE:/ { test_case = $0; sub(/^TEST CASE: */, "", test_case) }
part == "tests" && /: (FATAL )?ERROR: / { failures[++failed] = test_case ": " $0; values = 2; next }
part == "tests" && values-- > 0 && /values:/ { failures[failed] = failures[failed] " " $0 }
/^\[doctest\] test cases:/ { total = $4; passed = $6 }
part == "doctor" && /^Sources:/ { in_sources = 1; next }
part == "doctor" && /^[A-Z]/ { in_sources = 0 }
in_sources && $2 == "ok" { sources = sources " " $1 }
in_sources && $2 == "down" {
  reason = $0
  sub(/^ *[^ ]+ +down +/, "", reason)
  down = down "\n    " $1 " down: " reason
  if ((" " may_be_down " ") !~ (" " $1 " ")) failures[++failed] = "this kernel should have " $1
}
END {
  # As when the sanitizers find something after the last test.
  if (failed == 0 && tests_exit != "0")
    failures[++failed] = "the tests " (tests_exit == "" ? "did not end" : "exited with " tests_exit)
  printf "%s: %d of %d tests passed; up:%s; %d s%s\n", release, passed, total, sources, seconds, down
  for (i = 1; i <= failed; i++) print "    FAILED " failures[i]
  exit !(total > 0 && failed == 0)
}
