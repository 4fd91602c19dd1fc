#include "metrics/reference.hpp"

#include <array>
#include <charconv>
#include <span>
#include <string_view>
#include <vector>

#include "metrics/definitions.hpp"

namespace metrics {
namespace {

constexpr std::string_view kHead =
    R"(<!-- Made from metrics/definitions.cpp by the program metrics_reference. Change it there, then make this page anew. -->
# Metrics

`headmon run` serves its metrics at `http://127.0.0.1:9464/metrics`, in Prometheus' text format. `--metrics-address`, or `address`
under `[metrics]` in the config file, puts them elsewhere, and `off` turns them off. Nothing else is served there, and nothing there is
secret: a node is known by its configured name, never by its URL.

All names begin with `vc_head_monitor_`. Times are in seconds, points in time in Unix seconds. A counter begins at 0 when headmon
starts; those of a node begin when it comes into the list of nodes and are gone when it leaves. A label has no other values than
those that stand here, so that the number of series is bounded by the number of nodes.

"Used by" says who looks at a metric as shipped: a *rule*, which is an alert or a recording rule of `metrics/prometheus/` (most are
on a panel too), a *panel* of a dashboard in `metrics/grafana/`, or nobody: then it is for *debugging* headmon itself.

The page is made at most once a second, however many clients request it, and at most 64 connections are open at a time. When all are in
use, the one that has waited longest without a request is closed to make room for a new one; a connection that sends no request at all
is closed after 5 seconds, and one that was answered after 30. Clients that meet a limit are counted in
`vc_head_monitor_limits_met_total`: `connections` were turned away because every other one was being answered, `made_room` were closed
for a new one, `idle_time` sent nothing, `request_time` sent half a request, and `write_time` did not read the answer. Of the server `api`, `streams` are
event streams beyond the limit, `lost_events` those that slow readers of streams lost, `host` requests that named another machine,
`answer_bytes` those turned away as too much waited for slow clients,
`token` those without the right token, and `changes` and `names` changes of the list of nodes that came too fast or brought too many names.
)";

constexpr std::string_view kHealth = R"(
## The health of a node

`vc_head_monitor_node_health` follows from `vc_head_monitor_node_issue`: it is that of the node's worst issue, 0 (good) without any.
[health.md](health.md) has the issues: what each means, how bad it is, and what to do.
)";

constexpr std::string_view kLimits = R"(
## Limits

What headmon holds for others is bounded, and counted where the bound is met.

| what | limit | behind it | counted in |
|---|---|---|---|
| bytes read of all https streams and not used yet (`undelivered_bytes_max`) | 1 MiB, and 8 KiB for each stream that waits | streams are read no further; of a stream in plain http no more than 16 KiB are read before they are used | `http_client_paused_reads_total` |
| requests on their way to nodes (`fetches_max`) | 512 | more wait for one that ends | `http_client_delayed_requests_total` |
| of them, those in their first 50 ms (`young_fetches_max`) | 32 | more wait for one that ends or grows older | not counted: so the questions of a slot to many nodes go out |
| an event (`event_bytes_max`) | 1 MiB; `monitor.event_bytes_max` | the stream ends | `stream_disconnections_total`, reason `too_large` |
| an answer's headers, its body | 64 KiB, 2 MiB | the transfer ends | `stream_disconnections_total`, reason `too_large`; a request is not answered |
| heads of one node in a slot (`kHeadsOfSlotMax`) | 64 | more are not used | `dropped_heads_total` |
| events of its other topics in a slot (`kNodeEventsMax`); of extra topics (`kNodeExtraEventsMax`, `kNodeExtraBytesMax`) | 256; 256 and 512 KiB | more are not used | `dropped_events_total` |
| updates that wait for one of headmon's own readers (`kQueueBytesMax`) | 8 MiB, and 4,096 of them for lines of JSON; 32 MiB and 16,384 for the history | the oldest are dropped, and the reader is told | `subscriber_dropped_updates_total` |
| a read of the history | 5 s; an export 60 s | it is stopped | `history_read_timeouts_total`: reads, and set-ups of exports |
| log lines that wait for standard error (`kPendingBytesMax`) | 256 KiB | lines are dropped, and a line says how many | `log_lines_dropped_total` |
| clients of a server, their headers, bodies and times | above | turned away or closed | `limits_met_total` |
| open files | what the system allows: headmon raises its limit to that | the connection fails, and is tried again | `stream_disconnections_total`, reason `connect_failed` |

## What a page costs

A node has some 130 series, 7 kB of text. Most are counters and states at 0, and that is meant: a counter that appears with its first count is invisible
to `increase()`, so that the first lost stream would fire no alert, and an issue that is absent could be one that nobody looked for. With a
thousand nodes the page has 7 MB. It is made on a thread of its own and sent in pieces of 64 KiB: no head waits for it.
)";

std::string number(double value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

std::string list(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "`" : ", `") + word + "`";
    }
    return text;
}

std::string edges_text(Metric metric) {
    const auto all = metric == Metric::kHeadLag ? lag_edges() : arrival_delay_edges();
    std::string text;
    for (const double edge : all) {
        text += (text.empty() ? "" : ", ") + number(edge);
    }
    return text;
}

std::string section(const Definition& row) {
    std::string text = "\n### " + row.name + "\n\n" + row.help + "\n\n";
    text += "- type: " + std::string{to_string(row.type)};
    if (row.unit != Unit::kNone) {
        text += ", in " + std::string{to_string(row.unit)};
    }
    text += "\n";
    for (const Label& label : row.labels) {
        text += "- label `" + label.name + "`: ";
        text += (label.values.empty() ? label.open_values : list(label.values)) + "\n";
    }
    if (row.type == Type::kHistogram) {
        text += "- upper edges of the buckets: " + edges_text(row.metric) + "\n";
    }
    text += "- used by: " + std::string{to_string(row.used_by)};
    text += (row.debugging.empty() ? "" : ": " + row.debugging) + "\n";
    return text;
}

}  // namespace

std::string reference_page() {
    std::string page{kHead};
    page += kHealth;
    page += kLimits;
    page += "\n## All metrics\n";
    for (const Definition& row : definitions()) {
        page += section(row);
    }
    return page;
}

}  // namespace metrics
