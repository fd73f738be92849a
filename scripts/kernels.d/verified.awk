# SPDX-License-Identifier: Apache-2.0
# A table of verified instructions by program and kernel, of the logs of scripts/kernels.d/init.
/^#kernel / {
  release = $3
  releases[++columns] = release
}
/ instructions verified$/ {
  program = $(NF - 3)
  sub(/:$/, "", program)
  if (!(program in known)) { known[program] = 1; programs[++rows] = program }
  count[program, release] = $(NF - 2)
}
END {
  if (rows == 0) exit
  printf "\n%-30s", "verified instructions"
  for (c = 1; c <= columns; c++) printf "%10s", releases[c]
  print ""
  for (r = 1; r <= rows; r++) {
    printf "%-30s", programs[r]
    for (c = 1; c <= columns; c++) {
      key = programs[r] SUBSEP releases[c]
      printf "%10s", key in count ? count[key] : "-"
    }
    print ""
  }
}
