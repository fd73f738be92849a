// SPDX-License-Identifier: Apache-2.0
#include "metrics/http_reply.h"

#include "base/text.h"

namespace hx {
namespace {

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

void add_headers_of_status(MHD_Response* response, const Page& page) {
  switch (page.status) {
    case 401:
      MHD_add_response_header(response, "WWW-Authenticate",
                              "Basic realm=\"host_exporter\", charset=\"UTF-8\"");
      break;
    case 405: MHD_add_response_header(response, "Allow", page.allow); break;
    case 429: MHD_add_response_header(response, "Retry-After", "5"); break;
    default: break;
  }
}

}  // namespace

Answer send(MHD_Connection* connection, const Page& page, const Headers& headers) {
  // The library wants a non-const pointer and does not write through it.
  MHD_Response* response = MHD_create_response_from_buffer(
      page.body.size(), const_cast<char*>(page.body.data()), page.memory);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, "Content-Type", page.type);
  if (page.gzip) MHD_add_response_header(response, "Content-Encoding", "gzip");
  if (page.vary != nullptr) MHD_add_response_header(response, "Vary", page.vary);
  add_headers_of_status(response, page);
  for (const auto& [name, value] : headers) {
    MHD_add_response_header(response, name.c_str(), value.c_str());
  }
  const Answer queued = MHD_queue_response(connection, page.status, response);
  MHD_destroy_response(response);
  return queued;
}

bool accepts_gzip(const char* header) {
  std::string_view rest = header == nullptr ? std::string_view{} : header;
  while (!rest.empty()) {
    auto item = cut(rest, ',');
    const auto coding = trim(cut(item, ';'));
    if (coding != "gzip" && coding != "*") continue;
    item = trim(item);
    return !(item.starts_with("q=0") && item.find_first_not_of("0.", 3) == std::string_view::npos);
  }
  return false;
}

std::string make_landing_page(std::string_view title, std::string_view description,
                              std::string_view telemetry_path) {
  const auto link = [](std::string_view path, const char* text) {
    return "<li><a href=\"" + escape_html(path) + "\">" + text + "</a></li>\n";
  };
  const auto heading = escape_html(title);
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>" + heading +
         "</title></head>\n<body>\n" + "<h1>" + heading + "</h1>\n<p>" + escape_html(description) +
         "</p>\n<ul>\n" + link(telemetry_path, "Metrics") + link("/-/healthy", "Health") +
         "</ul>\n</body>\n</html>\n";
}

}  // namespace hx
