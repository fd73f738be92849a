// SPDX-License-Identifier: Apache-2.0
// Functions that take any bytes where the daemon takes them from others: from processes by their
// names and arguments, from an operator or other programs by a file. Each throws when its promise
// is broken; the sanitizers see the rest.
#pragma once

#include <string_view>

namespace hx::test {

// Files of /proc/PID: each is parsed or refused, a comm always ends.
void fuzz_procfs(std::string_view text);
// /proc/PID/cmdline: any name made of it is short and valid UTF-8.
void fuzz_cmdline(std::string_view text);
// A name template: one line says what is wrong, or it renders the same short valid text each time.
void fuzz_template(std::string_view text);
// process_names: one line that begins with the file's name, or a configuration that names.
void fuzz_config(std::string_view text);
// A *.prom file: what comes of it is refused or taken by Prometheus as a whole.
void fuzz_textfile(std::string_view text);
// Arguments, one a line, under each name of the program: options, text to be printed, or one line
// that says what is wrong. A file of --config.file is not read.
void fuzz_argv(std::string_view text);

// The web configuration: one line that begins with the file's name, or rules that hold together.
void fuzz_web(std::string_view text);
// The value of an Authorization header: what is taken for a name has no colon.
void fuzz_authorization(std::string_view text);

}  // namespace hx::test
