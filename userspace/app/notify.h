// SPDX-License-Identifier: Apache-2.0
// Tells the service manager how it goes, sd_notify(3): units of Type=notify or notify-reload.
// Nothing happens where there is no manager.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace hx {

// Lines like "READY=1".
void notify_manager(std::string_view state);
// What it waits for after a signal to reload, until READY=1.
void notify_reloading();

// How often it wants to hear WATCHDOG=1 at the latest, where it watches this process.
std::optional<std::chrono::microseconds> watchdog_limit();

}  // namespace hx
