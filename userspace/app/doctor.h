// SPDX-License-Identifier: Apache-2.0
// host_exporter doctor: what works on this host, what does not and why, and what to do about it.
#pragma once

#include <string>

#include "app/options.h"
#include "base/result.h"

namespace hx {

struct Diagnosis {
  std::string report;  // for a person to read, in lines
  bool healthy =
      false;  // every source works, and every collector but those this host has nothing for
};

// Takes one scrape of all that the options ask for. The error is bad input.
Result<Diagnosis> diagnose(const Options& options);

// What to do about a failure of a source or collector; empty where that is all there is to say.
std::string_view remedy_for(std::string_view name, const std::string& reason);

// The samples of an exposition that tell of events which are counted nowhere, or not for their
// owner: what found no room, above all. A line each; empty where there are none.
std::string losses_of(std::string_view exposition);

}  // namespace hx
