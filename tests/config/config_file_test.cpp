#include <catch2/catch.hpp>

#include "chain/network.hpp"
#include "tests/config/config_fixture.hpp"

using namespace tests;

TEST_CASE("the example config is valid and holds the defaults", "[cli]") {
    Settings arguments;
    arguments.config_file = HEADMON_EXAMPLE_CONFIG;
    const auto config = config::make_config(arguments, no_environment);
    REQUIRE(config.has_value());
    CHECK(config->candidates.size() == 2);
    CHECK((config->log == logging::LogOptions{}));
    CHECK_FALSE(config->monitor.slot_time.has_value());
    CHECK(config->monitor.event_bytes_max == monitor::MonitorOptions{}.event_bytes_max);
    CHECK(config->monitor.tick_twelfths == monitor::MonitorOptions{}.tick_twelfths);
    const supervisor::Policy policy;
    const config::SupervisionOptions& supervision = config->supervision.at("monitor");
    CHECK_FALSE(supervision.max_restarts.has_value());
    CHECK((supervision.reset_after == policy.reset_after));
    CHECK((supervision.when_spent == policy.on_budget_exhausted));
}

TEST_CASE("the example config stays valid when every key in it is switched on", "[cli]") {
    std::ifstream file{HEADMON_EXAMPLE_CONFIG};
    std::string text;
    std::size_t switched_on = 0;
    for (std::string line; std::getline(file, line);) {
        const bool is_key = line.starts_with("# ") && line.find(" = ") != std::string::npos &&
                            line.find("# example") != std::string::npos;
        // Files are checked for being there, which those of an example are not.
        if (is_key && line.find(".pem") == std::string::npos &&
            line.find(".key") == std::string::npos) {
            line.erase(0, 2);
            ++switched_on;
        }
        text += line + "\n";
    }
    const config::Environment environment{
        [](const std::string&) { return std::optional<std::string>{"Basic x"}; },
        [](const std::string&) { return base::Result<std::string>{"Bearer y"}; }};
    const auto settings = config::parse_settings(text, "example.toml", environment);
    REQUIRE(settings.has_value());
    CHECK(switched_on == 17);
    CHECK(settings->supervision.at("monitor").max_restarts == 10);
    CHECK(std::get<std::uint64_t>(settings->values.at("genesis_time").value) == 1606824023);
    CHECK(settings->nodes.at(1).endpoint.headers.size() == 3);
    CHECK((settings->nodes.at(1).liveness.silent_after == std::chrono::seconds{120}));
    CHECK(settings->nodes.at(1).liveness.stalled_slots == 3);
    CHECK(std::get<std::string>(settings->values.at("monitor.state_dir").value) == "state");
}

TEST_CASE("the page on configuration knows each key of the example", "[cli]") {
    std::ifstream example{HEADMON_EXAMPLE_CONFIG};
    const std::string page = tests::fixture("../docs/configuration.md");
    std::size_t keys = 0;
    for (std::string line; std::getline(example, line);) {
        const std::string text = line.starts_with("# ") ? line.substr(2) : line;
        const auto end = text.find(" = ");
        const std::string key = text.substr(0, end);
        if (end == std::string::npos || key.find(' ') != std::string::npos) {
            continue;
        }
        ++keys;
        INFO(key);
        // Alone, or behind its table.
        CHECK((page.find("`" + key + "`") != std::string::npos ||
               page.find("." + key + "`") != std::string::npos));
    }
    CHECK(keys > 20);
}

TEST_CASE("the example and the page on configuration have every setting of the table", "[cli]") {
    const std::string example = tests::fixture("../config/headmon.example.toml");
    const std::string page = tests::fixture("../docs/configuration.md");
    for (const config::Setting& setting : config::settings_table()) {
        const std::string key{setting.key};
        INFO(key);
        CHECK(page.find("`" + key) != std::string::npos);
        CHECK(example.find(key.substr(key.rfind('.') + 1)) != std::string::npos);
        if (setting.option) {
            CHECK(page.find("`" + std::string{setting.option->flag} + "`") != std::string::npos);
        }
    }
}

TEST_CASE("a config file gives each node its endpoint", "[cli]") {
    const auto environment = [](const std::string& name) -> std::optional<std::string> {
        return name == "KEY" ? std::optional<std::string>{"Bearer abc"} : std::nullopt;
    };
    const auto settings = config::parse_settings(R"(
        network = "gnosis"
        [log]
        format = "json"
        level = "debug"
        [monitor]
        event_bytes_max = 4096
        tick_twelfths = 10
        [[node]]
        name = "alpha"
        url = "https://user:pw@node.example/key/"
        headers = { "X-One" = "1" }
        headers_from_env = { "Authorization" = "KEY" }
    )",
                                                 "headmon.toml", environment);
    REQUIRE(settings.has_value());
    REQUIRE(settings->nodes.size() == 1);
    const auto config = config::build_config(*settings, no_environment);
    REQUIRE(config.has_value());
    CHECK((config->monitor.slot_time->clock == chain::find_network("gnosis")->clock));
    CHECK((config->log.format == logging::LogFormat::kJson));
    CHECK((config->log.level == logging::LogLevel::kDebug));
    CHECK(config->monitor.event_bytes_max == 4096);
    CHECK(config->monitor.tick_twelfths == 10);
    const auto& node = settings->nodes.front();
    CHECK(node.name == "alpha");
    CHECK(node.endpoint.url.origin() == "https://node.example:443");
    const std::vector<http::Header> headers{{"X-One", "1"}, {"Authorization", "Bearer abc"}};
    CHECK((node.endpoint.headers == headers));
}

namespace {

/// What is wrong in a config file, and what is said of it.
struct WrongConfig {
    std::string_view toml;
    std::string_view problem;
};

}  // namespace

TEST_CASE("each wrong thing in a config file is told with its line and what to do", "[cli]") {
    const auto [toml, problem] = GENERATE(values<WrongConfig>({
        {"[[node]]\nurl = \"http://a\nname = 1",
         "headmon.toml:2: this is not valid TOML (in a string); check quotes, brackets, commas "
         "and keys that stand twice"},
        {"[[node]]\nurl = http://user:s3cret@host",
         "headmon.toml:2: this is not valid TOML (in a value); check quotes, brackets, "
         "commas and keys that stand twice"},
        {"[[node]]\nulr = \"http://a\"",
         "headmon.toml:2: unknown key \"ulr\"; did you mean \"url\"?"},
        {"completely_different = 1",
         "headmon.toml:1: unknown key \"completely_different\"; docs/configuration.md lists all "
         "keys"},
        {"\n[[node]]\nname = \"a\"",
         "headmon.toml:2: this node has no url; add url = \"http://HOST:PORT\""},
        {"[[node]]\nurl = 7", "headmon.toml:2: url must be a string; put it in quotes"},
        {"[node]\nurl = \"http://a\"",
         "headmon.toml:1: node must be an array of tables; write [[node]]"},
        {"node = [1]", "headmon.toml:1: each node must be a table; write [[node]]"},
        {"log = 1", "headmon.toml:1: log must be a table"},
        {"[log]\nlevel = \"loud\"",
         "headmon.toml:2: level must be \"debug\", \"info\", \"warning\" or \"error\""},
        {"[log]\nformat = \"xml\"", "headmon.toml:2: format must be \"text\" or \"json\""},
        {"[fleet]\nservers = [\"http://a:1\"]",
         "headmon.toml:2: servers must be an array of strings, such as \"nats://10.0.0.5:4222\" or "
         "\"tls://nats.example:4222\""},
        {"[fleet]\nservers = [\"nats://secret@a:1/path\"]",
         "headmon.toml:2: servers must be an array of strings, such as \"nats://10.0.0.5:4222\" or "
         "\"tls://nats.example:4222\""},
        {"[fleet]\ninstance = \"a b\"",
         "headmon.toml:2: instance must be a name of up to 64 characters without blanks"},
        {"[fleet]\nstream = \"a.b\"",
         "headmon.toml:2: stream must be a name of up to 64 characters without blanks and . * > / "
         "\\"},
        {"[fleet]\nlabels = [\"Site=a\"]",
         "headmon.toml:2: labels must be an array of strings, such as \"site=fra\", their names in "
         "lower case"},
        {"[fleet]\nlabels = [\"site\"]",
         "headmon.toml:2: labels must be an array of strings, such as \"site=fra\", their names in "
         "lower case"},
        {"[fleet]\nreplicas = 6", "headmon.toml:2: replicas must be a whole number from 1 to 5"},
        {"[monitor]\nextra_topics = [\"head\"]",
         "headmon.toml:2: extra_topics must be an array of strings, up to 16 topics of up to 64 "
         "lower-case letters, digits and '_', each once and none that headmon asks for by itself"},
        {"[monitor]\nextra_topics = [\"a\", \"a\"]",
         "headmon.toml:2: extra_topics must be an array of strings, up to 16 topics of up to 64 "
         "lower-case letters, digits and '_', each once and none that headmon asks for by itself"},
        {"[monitor]\nextra_topics = [\"A\"]",
         "headmon.toml:2: extra_topics must be an array of strings, up to 16 topics of up to 64 "
         "lower-case letters, digits and '_', each once and none that headmon asks for by itself"},
        {"[monitor]\nextra_topics = [7]",
         "headmon.toml:2: extra_topics must be an array of strings, up to 16 topics of up to 64 "
         "lower-case letters, digits and '_', each once and none that headmon asks for by itself"},
        {"[monitor]\ntick_twelfths = 12",
         "headmon.toml:2: tick_twelfths must be a whole number from 0 to 11"},
        {"[monitor]\nstate_dir = 1",
         "headmon.toml:2: state_dir must be a string; put it in quotes"},
        {"[[node]]\nurl = \"http://a\"\nsilent_after_s = 0",
         "headmon.toml:3: silent_after_s must be a whole number from 1 to 86400"},
        {"[[node]]\nurl = \"http://a\"\nsilent_after_s = 86401",
         "headmon.toml:3: silent_after_s must be a whole number from 1 to 86400"},
        {"[[node]]\nurl = \"http://a\"\nstalled_slots = 0",
         "headmon.toml:3: stalled_slots must be a whole number from 1 to 1000"},
        {"[[node]]\nurl = \"http://a\"\nstalled_slots = 1001",
         "headmon.toml:3: stalled_slots must be a whole number from 1 to 1000"},
        {"[monitor]\nevent_bytes_max = \"1\"",
         "headmon.toml:2: event_bytes_max must be a whole number from 1024 to 1073741824"},
    }));
    CHECK(problem_of(toml) == problem);
}

TEST_CASE("each wrong value in a config file is told with its line and what to do", "[cli]") {
    const auto [toml, problem] = GENERATE(values<WrongConfig>({
        {"[supervision.monitr]",
         "headmon.toml:1: unknown key \"monitr\"; did you mean \"monitor\"?"},
        {"[supervision]\nmonitor = 1", "headmon.toml:2: monitor must be a table"},
        {"[supervision.monitor]\nmax_restart = 1",
         "headmon.toml:2: unknown key \"max_restart\"; did you mean \"max_restarts\"?"},
        {"[supervision.monitor]\nmax_restarts = -1",
         "headmon.toml:2: max_restarts must be a whole number from 0 to 1000000"},
        {"[supervision.monitor]\nmax_restarts = 1\nwithin_s = 0",
         "headmon.toml:3: within_s must be a whole number from 1 to 31536000"},
        {"[supervision.monitor]\nreset_after_s = 1.5",
         "headmon.toml:2: reset_after_s must be a whole number from 1 to 31536000"},
        {"[supervision.monitor]\nwhen_spent = \"die\"",
         "headmon.toml:2: when_spent must be \"fatal\" or \"stop\""},
        {"[supervision.monitor]\nwithin_s = 60",
         "headmon.toml:2: within_s belongs to max_restarts; give both, or leave it out"},
        {"[[node]]\nurl = \"http://a\"\nname = \"\"",
         "headmon.toml:3: a node's name is empty; give it one, or leave it out"},
        {"[[node]]\nurl = \"http://a\"\nname = 'a\\b'",
         "headmon.toml:3: a node's name holds a backslash; give it another one"},
        {"slot_duration_ms = 49",
         "headmon.toml:1: slot_duration_ms must be a whole number from 50 to 900000"},
        {"slot_duration_ms = 900001",
         "headmon.toml:1: slot_duration_ms must be a whole number from 50 to 900000"},
        {"genesis_time = 4102444801",
         "headmon.toml:1: genesis_time must be a whole number from 0 to 4102444800"},
        {"[metrics]\naddress = \"here\"",
         "headmon.toml:2: address must be \"ADDRESS:PORT\", such as \"127.0.0.1:9464\", or "
         "\"off\""},
        {"[[node]]\nurl = \"http://a\"\nheaders = { \"A B\" = \"x\" }",
         "headmon.toml:3: this is no HTTP header; a name has no spaces or colons, a value no line "
         "breaks"},
        {"[[node]]\nurl = \"http://a\"\nheaders = { \"A\" = \"x\\r\\nB: y\" }",
         "headmon.toml:3: this is no HTTP header; a name has no spaces or colons, a value no line "
         "breaks"},
        {"[[node]]\nurl = \"http://a\"\nheaders_from_env = { \"A\" = \"NOT_SET\" }",
         "headmon.toml:3: the environment variable for this header of node \"a:80\" is not set; "
         "set it, "
         "or leave the header out"},
        {"[[node]]\nurl = \"http://a\"\nca_file = \"/nowhere/ca.pem\"",
         "headmon.toml:3: CA file /nowhere/ca.pem cannot be read; check the path and its "
         "permissions"},
    }));
    CHECK(problem_of(toml) == problem);
}

TEST_CASE("a URL that cannot be followed is told with its line and nothing of itself", "[cli]") {
    const std::string url = GENERATE("ftp://user:s3cret@host/s3cret", "http://", "s3cret",
                                     "http://:80/s3cret", "http://host:99999/s3cret");
    const std::string problem = problem_of("[[node]]\nurl = \"" + url + "\"");
    CHECK_THAT(problem, Catch::StartsWith("headmon.toml:2: "));
    CHECK_THAT(problem, Catch::EndsWith("; write url = \"http://HOST:PORT\""));
    CHECK_THAT(problem, !Catch::Contains("s3cret"));
}

TEST_CASE("a config file gives services their budgets", "[cli]") {
    const auto settings = config::parse_settings(
        "[supervision.monitor]\nmax_restarts = 3\nwithin_s = 600\nreset_after_s = 60\n"
        "when_spent = \"stop\"\n[supervision.config_watch]\nmax_restarts = 0\n",
        "headmon.toml", no_environment);
    REQUIRE(settings.has_value());
    std::vector<supervisor::Child> children(3);
    children[0].name = "monitor";
    children[1].name = "config_watch";
    children[2].name = "reload_signal";
    app::configure(children, settings->supervision);
    const supervisor::Policy& monitor = children[0].policy;
    REQUIRE(monitor.budget.has_value());
    CHECK(monitor.budget->max_restarts == 3);
    CHECK((monitor.budget->within == std::chrono::seconds{600}));
    CHECK((monitor.reset_after == std::chrono::seconds{60}));
    CHECK((monitor.on_budget_exhausted == supervisor::OnBudgetExhausted::kStop));
    REQUIRE(children[1].policy.budget.has_value());
    CHECK(children[1].policy.budget->max_restarts == 0);
    CHECK((children[1].policy.budget->within == std::chrono::seconds{60}));
    CHECK((children[1].policy.on_budget_exhausted == supervisor::OnBudgetExhausted::kFatal));
    CHECK_FALSE(children[2].policy.budget.has_value());
}

TEST_CASE("a node of the config file may have limits of its own", "[cli]") {
    const auto settings = config::parse_settings(
        "[[node]]\nurl = \"http://a\"\nsilent_after_s = 90\nstalled_slots = 5\n"
        "[[node]]\nurl = \"http://b\"\n",
        "headmon.toml", no_environment);
    REQUIRE(settings.has_value());
    const auto candidates = config::name_nodes(settings->nodes, "salt");
    REQUIRE(candidates.has_value());
    const monitor::LivenessOverride& own = candidates->front().liveness;
    CHECK((own.silent_after == std::chrono::seconds{90}));
    CHECK(own.stalled_slots == 5);
    CHECK((candidates->back().liveness == monitor::LivenessOverride{}));
    // In a reload such a change is a new list.
    auto changed = *candidates;
    changed.front().liveness.stalled_slots = 6;
    CHECK_FALSE((changed == *candidates));
}
