# SPDX-License-Identifier: Apache-2.0
# Verified instructions in the logs of scripts/kernels.d/init, KERNEL.log each, against those that the
# table of bpf/README.md has: recorded.awk bpf/README.md LOG... Says what is not recorded, is not
# verified any more, or has grown by more than a fifth, and fails then. With record=yes it
# prints the whole file instead, with a table of what was verified.
FNR == 1 { file++ }
file == 1 { lines[++line_count] = $0; next }
FNR == 1 {
  kernel = FILENAME
  sub(/.*\//, "", kernel)
  sub(/\.log$/, "", kernel)
  kernels[++kernel_count] = kernel
}
/^#kernel / { release[kernel] = $3 }
/ instructions verified$/ {
  program = $(NF - 3)
  sub(/:$/, "", program)
  if (!(program in known)) { known[program] = 1; programs[++program_count] = program }
  verified[program, kernel] = $(NF - 2)
  any[kernel] = 1
}

function number_of(cell) { # "1,164; what is missing": 1164, or "" if it begins with no number
  if (!match(cell, /^[0-9,]+/)) return ""
  cell = substr(cell, 1, RLENGTH)
  gsub(/,/, "", cell)
  return cell + 0
}
function with_comma(number) {
  return number < 1000 ? number : int(number / 1000) "," sprintf("%03d", number % 1000)
}
function row_of(program, cells, count,    line, i) {
  line = "| " program " |"
  for (i = 3; i <= count; i++) line = line " " cells[i] " |"
  return line
}
# Of the table's columns, "newest" is the last one, the others are a release of that kernel.
function find_columns(cells, count,    i, k) {
  for (k = 1; k <= kernel_count; k++) {
    for (i = 3; i <= count; i++) {
      if (index(cells[i], kernels[k] ".") == 1) column[kernels[k]] = i
    }
    if (kernels[k] == "newest") column["newest"] = count
    cells[column[kernels[k]]] = release[kernels[k]]
  }
}
function compare(program, kernel, cell,    now, recorded) {
  now = verified[program, kernel]
  recorded = number_of(cell)
  if (now == "" && recorded != "") problem(program, kernel, "is not verified, " recorded " are recorded")
  if (now == "") return cell
  if (recorded == "") problem(program, kernel, now " verified, none are recorded")
  else if (now > recorded * 1.2)
    problem(program, kernel, now " verified, over a fifth more than the " recorded " recorded")
  if (recorded == "") return with_comma(now)
  sub(/^[0-9,]+/, with_comma(now), cell)
  return cell
}
function problem(program, kernel, what) {
  problems[++problem_count] = "    FAILED " program " on " kernel ", instructions: " what
}
function compare_row(program, cells,    k) {
  for (k = 1; k <= kernel_count; k++) {
    if (!any[kernels[k]]) continue  # why, is told already
    cells[column[kernels[k]]] = compare(program, kernels[k], cells[column[kernels[k]]])
  }
}
function compare_rows_missing(at,    p, cells, i, added) {
  for (p = 1; p <= program_count; p++) {
    if (programs[p] in seen) continue
    for (i = 3; i <= columns; i++) cells[i] = "not run"
    compare_row(programs[p], cells)
    added = added "\n" row_of("`" programs[p] "`", cells, columns)
  }
  lines[at] = lines[at] added
}

END {
  for (n = 1; n <= line_count; n++) {
    if (lines[n] ~ /^\| program \| [0-9]/) {
      columns = split(lines[n], cells, / *\| */) - 1
      find_columns(cells, columns)
      lines[n] = row_of("program", cells, columns)
    } else if (columns && lines[n] ~ /^\| `/) {
      split(lines[n], cells, / *\| */)
      program = cells[2]
      gsub(/`/, "", program)
      seen[program] = 1
      compare_row(program, cells)
      lines[n] = row_of(cells[2], cells, columns)
    } else if (columns && lines[n] == "") {
      compare_rows_missing(n - 1)
      break
    }
  }
  if (record) {
    for (n = 1; n <= line_count; n++) print lines[n]
    exit
  }
  for (p = 1; p <= problem_count; p++) print problems[p]
  if (problem_count) print "    If it must be so: scripts/kernels -r records what is verified, in bpf/README.md"
  exit problem_count > 0
}
