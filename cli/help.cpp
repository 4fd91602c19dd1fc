#include "cli/help.hpp"

namespace cli {

const char* const kDescription =
    "headmon: which beacon node has the head, how early, and which one cannot be trusted";

const char* const kFooter =
    R"(Start here:
  headmon demo
  headmon watch --beacon-node alpha=http://127.0.0.1:5052
  headmon config check /etc/headmon/headmon.toml
  headmon run --config /etc/headmon/headmon.toml
  headmon COMMAND --help

URLs are secrets: headmon shows nothing of them but scheme, host and port. But a URL
on the command line is visible to every user of this machine (ps). Where it holds a
key or a password, put it into a config file with mode 0600 and use --config.

Exit codes: 0 clean stop, 1 fatal end, 2 wrong usage or configuration; check and doctor have
their own: 0 good, 1 degraded, 2 unusable, 3 could not check.)";

const char* const kRunFooter =
    R"(Examples:
  headmon run --config /etc/headmon/headmon.toml
  headmon run --beacon-node alpha=http://127.0.0.1:5052 --beacon-node beta=http://10.0.0.2:5052
  headmon run --beacon-nodes http://127.0.0.1:5052,http://10.0.0.2:5052 --log-format json

With --check it says what is wrong with the config (exit code 2), or what it comes to (0), and
starts nothing.

The config file is read again on SIGHUP and when it changes on disk: a changed list of
nodes takes effect at once, other settings after a restart. A broken file changes nothing.
SIGTERM and SIGINT stop the daemon with exit code 0.

With --state-dir, slot time as the nodes tell it is kept for the next start.

URLs on the command line are visible to other users (ps): where they hold secrets, use
--config with a file of mode 0600.)";

const char* const kWatchFooter =
    R"(Examples:
  headmon watch --beacon-node alpha=http://127.0.0.1:5052
  headmon watch --config /etc/headmon/headmon.toml --format json | jq .
  headmon watch --config /etc/headmon/headmon.toml --until-slot 12345678 --duration 600

There is a log on standard error only with --log-level.

Exit codes: 0 at the end of --duration, with --until-slot's slot, on SIGINT or SIGTERM, and
when the reader of the output goes away; 1 when --duration ends before --until-slot's slot
came, and with --exit-on-give-up; 2 for wrong usage or configuration.

URLs on the command line are visible to other users (ps): where they hold secrets, use
--config with a file of mode 0600.)";

const char* const kCheckFooter =
    R"(Examples:
  headmon check --config /etc/headmon/headmon.toml
  headmon check --beacon-node alpha=http://127.0.0.1:5052 --network mainnet --format json
  headmon check --config /etc/headmon/headmon.toml --wait

All nodes are probed at once: are they reachable, on one network, in sync, how old are
their heads, which topics do their event streams take, and do the clocks agree. Some clients
send nothing before their first event: only --wait sees whether it comes.

Exit codes, as of a monitoring plugin: 0 all nodes are good; 1 a node is degraded, or unusable
while another one can be used, or this machine's clock is off; 2 no node can be used; 3 wrong
usage or configuration, or it was interrupted.

URLs on the command line are visible to other users (ps): where they hold secrets, use
--config with a file of mode 0600.)";

const char* const kDoctorFooter =
    R"(Examples:
  headmon doctor http://127.0.0.1:5052
  headmon doctor https://node.example/prefix --header "X-Key: $KEY" --wait

URL is the node's own, without /eth/v1/...; a path prefix belongs to it. The probe is that of
headmon check, for one node and in sentences.

Exit codes: 0 good, 1 degraded, 2 unusable, 3 wrong usage, or it was interrupted.

URLs and headers on the command line are visible to other users (ps): where they hold
secrets, use headmon check --config with a file of mode 0600.)";

const char* const kEventsFooter =
    R"(Each event is a line {"event":...,"data":...,"id":...}, written at once.

Examples:
  headmon events --url http://127.0.0.1:5052/eth/v1/events --topics head,block
  headmon events --url http://127.0.0.1:5052/eth/v1/events?topics=head --max-events 1 --timeout 60
  headmon events --url https://node.example/eth/v1/events --topics head --header "X-Key: $KEY"

Exit codes: 0 after --max-events, at the clean end of the stream, on SIGINT or SIGTERM, and at
the end of --timeout when the stream was open and no --max-events was asked for; 1 after a
failure and when --timeout ends before the stream is open or before --max-events, with the
reason on standard error; 2 for wrong usage. No retry. A body that ends without a single byte
is a failure (empty_body), no clean end.

URLs and headers on the command line are visible to other users (ps).)";

const char* const kSimulateFooter =
    R"(Examples:
  headmon simulate --nodes 3 --slot-ms 2000
  headmon simulate --scenario scenario.toml

Prints a line NAME URL for each node and a headmon watch command that follows them all, and
runs until SIGINT or SIGTERM (exit code 0). A port in use is exit code 2.)";

const char* const kDemoFooter =
    R"(Examples:
  headmon demo
  headmon demo --duration 30 --slot-ms 2000
  headmon demo --api-address 127.0.0.1:9465

Needs no beacon node and no network. Says where the web page is. Ends with a summary: for each node its heads, how often it
was first, its median lag and how its streams ended.)";

const char* const kReportFooter =
    R"(Examples:
  headmon report --history /var/lib/headmon/history.db
  headmon report --history history.db --since 7d --format html > report.html
  headmon report --api http://127.0.0.1:9465 --format json
  headmon report --history history.db --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z

Says first which nodes to throw out, and why; then for each node its heads, its delay and lag,
how often it was first and on time, the slots of which it said nothing, and how long its stream
was open; then what could not be watched. The file may be one that headmon run is writing.
html is one page that needs no other file, with plots.

Exit codes: 0; 1 when the history cannot be read, or the API not reached; 2 for wrong usage.)";

const char* const kHistoryFooter =
    R"(ACTION is one of
  check    look at every page of every table (also while headmon run writes it)
  vacuum   write the file anew, without free room (while no headmon writes it)
  export   print rows as NDJSON or CSV: --kind slots, heads, streams, reorgs, health or gaps

Examples:
  headmon history check /var/lib/headmon/history.db
  headmon history export history.db --kind heads --format csv --from 2026-01-01T00:00:00Z

Exit codes: 0; 1 when the file is damaged or cannot be used; 2 for wrong usage.)";

const char* const kCandidatesFooter =
    R"(ACTION is one of
  get      print the list in force: name, and scheme, host and port of each
  set      follow these nodes and no others
  add      follow these nodes too
  remove   follow these nodes no longer

A NODE is NAME=URL, URL, or the NAME of one that is followed or in headmon's config. --file has
nodes as JSON, {"candidates":[{"name":"beta","url":"https://...","headers":{...}}]}; "-" is
standard input. A list holds, over restarts too, until the content of headmon's config changes.

Examples:
  headmon candidates get --config /etc/headmon/headmon.toml
  headmon candidates add beta=http://10.0.0.2:5052 --dry-run
  headmon candidates remove beta --api-token-file /var/lib/headmon/api_token
  headmon candidates set --file nodes.json --api http://127.0.0.1:9465

The token is that of headmon's token file, which its log names at the start: --api-token-file,
else that of --config, else $STATE_DIRECTORY/api_token.

Exit codes: 0; 1 when headmon is not there, or does not take the token or the change; 2 for
wrong usage and for a list that is wrong.

URLs on the command line are visible to other users (ps): where they hold secrets, use --file.)";
const char* const kHaproxyFooter =
    R"(Examples:
  headmon haproxy --config /etc/headmon/headmon.toml --secrets-file /etc/haproxy/headmon-secrets.cfg
  headmon haproxy --beacon-node alpha=http://127.0.0.1:5052 --agent-address 127.0.0.1:9466

Prints a whole configuration for HAProxy 2.6: /eth/v1/events from headmon, all else from the
best of the nodes in the config. headmon run is to have the same config, with agent_address.

What is secret of a node (user, password, path, query, headers) is not printed: it goes to
--secrets-file, which HAProxy reads first: haproxy -f SECRETS -f CONFIGURATION. A client
certificate whose key is in a file of its own goes into a third file beside it.

Exit codes: 0; 1 when a file cannot be written; 2 for wrong usage or configuration, and for
what HAProxy cannot carry.

URLs on the command line are visible to other users (ps): where they hold secrets, use
--config with a file of mode 0600.)";

const char* const kConfigFooter =
    R"(ACTION is one of
  check    read FILE as headmon run reads it; say what is wrong, or what it comes to
  example  print a config file with every key explained
  nodes    print the names of the nodes in FILE, a line each

Examples:
  headmon config example > headmon.toml
  headmon config check headmon.toml

Values of variables and credentials that the file names are not looked at: headmon run has
them. headmon run --config FILE --check looks at them too.

Exit codes: 0; 2 for wrong usage, and for a file that headmon run would refuse.)";

const char* const kHealthcheckFooter =
    R"(Examples:
  headmon healthcheck
  headmon healthcheck --config /etc/headmon/headmon.toml --ready

Asks /healthz of the API, or with --ready /readyz, and prints nothing when all is well: the
loop of headmon turns; with --ready it has a fresh head and a node that can be used, too.
Restart nothing because of --ready: headmon cannot mend a node.

Exit codes: 0; 1 when headmon is not there or not well, with the reason on standard error; 2
for wrong usage or configuration.)";

const char* const kRecordFooter =
    R"(Examples:
  headmon record /var/tmp/night --config /etc/headmon/headmon.toml --duration 3600
  headmon record /var/tmp/night --beacon-node alpha=http://127.0.0.1:5052

Keeps every byte of every stream and every answer, with its moment; headmon replay runs the
monitor on it again. headmon run --record DIR does the same beside all else. Files hold what
nodes send as it came: they are for their owner alone (mode 0600).

Exit codes: 0; 1 when entries are missing in it, as the disk did not take them; 2 for wrong
usage or configuration, and for a directory that cannot be made.)";

const char* const kReplayFooter =
    R"(Examples:
  headmon replay /var/tmp/night
  headmon replay /var/tmp/night --format report
  headmon replay /var/tmp/night --from 2026-01-31T02:00:00Z --to 2026-01-31T02:10:00Z | jq .
  headmon replay /var/tmp/night --with-config other.toml
  headmon-old replay /var/tmp/night --format json > old.jsonl
  headmon replay /var/tmp/night --against old.jsonl
  headmon replay /var/tmp/night --serve --speed 10

Publishes the updates of then, byte for byte. --from and --to choose what is shown. With
--with-config and --against each line is a fact that one of the two alone has: - before, or in
that file; + with that config, or by this headmon. --format json has them as lines of JSON.
With --serve each recorded node is a server on 127.0.0.1, and its URL is printed; it runs until
the recording ends.

Exit codes: 0; 1 when something cannot be read or written; 2 for wrong usage or configuration;
3 when --with-config or --against finds a fact that is another one.)";

const char* const kRecordingFooter =
    R"(ACTION is one of
  info DIR           from when to when it is, how much came of which node, what is missing
  cut DIR OUT        what lies between --from and --to, small enough for a bug report
  merge OUT DIR DIR  recordings of one headmon behind each other, by their moments
  anonymise DIR OUT  the same without names of nodes, versions and texts of refusals

OUT is a new directory.

Exit codes: 0; 1 when a recording cannot be read or written; 2 for wrong usage.)";

const char* const kFleetFooter =
    R"(ACTION is one of
  watch   a live table of instances and nodes, the worst first; JSON lines elsewhere
  report  each site, instance, node and client: delays, first, on time, open; slots late somewhere
  check   what is wrong with the fleet now; exit code as a monitoring plugin

Examples:
  headmon fleet watch --config /etc/headmon/headmon.toml
  headmon fleet watch --config headmon.toml --since 1h --format json | jq .
  headmon fleet report --config headmon.toml --since 7d --format html > fleet.html
  headmon fleet check --config headmon.toml --label site=fra

Reads the stream of [fleet] that each headmon publishes to; the file may be without nodes.

Exit codes: 0; 1 when the broker cannot be read or something cannot be written; 2 for wrong
usage or configuration. Of check: 0 good, 1 warning, 2 critical, 3 not known, or wrong usage.)";

}  // namespace cli
