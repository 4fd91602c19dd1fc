#include "cli/arguments.hpp"

#include <algorithm>
#include <sstream>

#include <catch2/catch.hpp>

#include "config/settings_table.hpp"

namespace {

cli::Arguments parse(const std::string& line) {
    std::vector<std::string> words{"headmon"};
    std::istringstream stream{line};
    for (std::string word; stream >> word;) {
        words.push_back(word);
    }
    return cli::parse_arguments(words);
}

/// The error line, or help, that these arguments end with.
cli::Finished finished(const std::string& line) {
    const auto arguments = parse(line);
    const auto* const end = std::get_if<cli::Finished>(&arguments.command);
    return end == nullptr ? cli::Finished{-1, "not finished"} : *end;
}

/// The text that was given for a setting.
std::string value_of(const config::Settings& settings, const std::string& key) {
    return std::get<std::string>(settings.values.at(key).value);
}

}  // namespace

TEST_CASE("usage errors are one line with exit code 2 that repeats no value", "[cli]") {
    struct Case {
        std::string_view line;
        std::string_view text;
    };
    const auto [line, text] = GENERATE(values<Case>({
        {"", "headmon: A subcommand is required; see headmon --help"},
        {"run --confg f",
         "headmon: unknown option --confg; did you mean --config?; see headmon "
         "--help"},
        {"run --zzzzzzzzz=s3cret", "headmon: unknown option --zzzzzzzzz; see headmon --help"},
        {"run http://u:s3cret@h",
         "headmon: an argument that belongs to no option; each value follows the option it is for; "
         "see headmon --help"},
        {"s3cret", "headmon: A subcommand is required; see headmon --help"},
        {"bogus", "headmon: unknown command bogus; see headmon --help"},
        {"evnts --url http://u:s3cret@h",
         "headmon: unknown command evnts; did you mean events?; see headmon --help"},
        {"events --ur http://u:s3cret@h",
         "headmon: unknown option --ur; did you mean --url?; see headmon --help"},
        {"run --config", "headmon: --config: 1 required FILE missing; see headmon --help"},
        {"watch --format s3cret", "headmon: --format wants table or json"},
        {"watch --duration s3cret", "headmon: --duration wants seconds, such as 60 or 0.5"},
        {"watch --until-slot -1", "headmon: --until-slot wants a whole number"},
        {"watch --exit-on-give-up=s3cret",
         "headmon: an option has a value that it cannot take; see headmon --help"},
        {"events", "headmon: --url is required; see headmon --help"},
        {"events --url http://h --max-events 0",
         "headmon: --max-events wants a whole number, 1 or more"},
        {"events --url http://h --timeout -1",
         "headmon: --timeout wants seconds, such as 60 or 0.5"},
        {"events --url http://h --topics a,,b",
         "headmon: --topics wants names with commas between, such as head,block"},
        {"events --url http://h --header s3cret", "headmon: --header wants 'NAME: VALUE'"},
        {"events --url http://h --ca-file /nowhere",
         "headmon: CA file /nowhere cannot be read; check the path and its permissions"},
        {"simulate --nodes 0", "headmon: --nodes wants a whole number from 1 to 256"},
        {"demo --api-address nowhere",
         "headmon: --api-address wants ADDRESS:PORT, such as 127.0.0.1:9465, or off"},
        {"demo --slot-ms 1", "headmon: --slot-ms wants a whole number from 50 to 900000"},
    }));
    const auto end = finished(std::string{line});
    CHECK(end.exit_code == 2);
    CHECK(end.text == text);
}

TEST_CASE("check and doctor end wrong usage with 3, for 2 says that a node cannot be used",
          "[cli]") {
    struct Case {
        std::string_view line;
        std::string_view text;
    };
    const auto [line, text] = GENERATE(values<Case>({
        {"check --format s3cret", "headmon: --format wants table or json"},
        {"check --timeout 0.4", "headmon: --timeout wants seconds from 0.5 to 300, such as 10"},
        {"check --timeout 301", "headmon: --timeout wants seconds from 0.5 to 300, such as 10"},
        {"check --timeout s3cret", "headmon: --timeout wants seconds, such as 60 or 0.5"},
        {"--core-files check --wiat",
         "headmon: unknown option --wiat; did you mean --wait?; see headmon --help"},
        {"check http://u:s3cret@h",
         "headmon: an argument that belongs to no option; each value follows the option it is for; "
         "see headmon --help"},
        {"check --log-level debug", "headmon: unknown option --log-level; see headmon --help"},
        {"check --state-dir d", "headmon: unknown option --state-dir; see headmon --help"},
        {"doctor", "headmon: no node; give its URL: headmon doctor http://HOST:PORT"},
        {"doctor ftp://u:s3cret@h",
         "headmon: URL: the scheme is not http or https; give http://HOST:PORT"},
        {"doctor http://h http://u:s3cret@h",
         "headmon: an argument that belongs to no option; each value follows the option it is for; "
         "see headmon --help"},
        {"doctor http://h --header s3cret", "headmon: --header wants 'NAME: VALUE'"},
        {"doctor http://h --format json", "headmon: unknown option --format; see headmon --help"},
    }));
    const auto end = finished(std::string{line});
    CHECK(end.exit_code == 3);
    CHECK(end.text == text);
}

TEST_CASE("the options of check and doctor reach the probe", "[cli]") {
    const auto parsed =
        parse("check --beacon-node a=http://a --network hoodi --wait --timeout 2.5");
    const auto& check = std::get<cli::CheckArguments>(parsed.command);
    REQUIRE(check.settings.nodes.size() == 1);
    CHECK(check.settings.nodes[0].name == "a");
    CHECK(value_of(check.settings, "network") == "hoodi");
    CHECK(check.wait);
    CHECK(check.timeout == std::chrono::milliseconds{2500});
    CHECK((check.format == cli::WatchFormat::kTable));
    const auto json = parse("check --beacon-node a=http://a --format json");
    CHECK((std::get<cli::CheckArguments>(json.command).format == cli::WatchFormat::kJson));
    CHECK_FALSE(std::get<cli::CheckArguments>(json.command).wait);
    CHECK(std::get<cli::CheckArguments>(json.command).timeout == std::chrono::seconds{10});

    const auto arguments = cli::parse_arguments(
        {"headmon", "doctor", "http://u:p@h/x/", "--header", "X-Key: a b", "--wait"});
    const auto& doctor = std::get<cli::DoctorArguments>(arguments.command);
    REQUIRE(doctor.settings.nodes.size() == 1);
    const http::Endpoint& endpoint = doctor.settings.nodes[0].endpoint;
    CHECK(endpoint.url.secret_text() == "http://u:p@h:80/x");
    const std::vector<http::Header> headers{{"X-Key", "a b"}};
    CHECK((endpoint.headers == headers));
    CHECK(doctor.wait);
}

TEST_CASE("no option takes an empty value for an absent one", "[cli]") {
    const auto [command, option] = GENERATE(table<std::string, std::string>({
        {"run", "--config"},
        {"run", "--beacon-node"},
        {"run", "--beacon-nodes"},
        {"run", "--network"},
        {"run", "--genesis-time"},
        {"run", "--slot-duration-ms"},
        {"run", "--log-format"},
        {"run", "--log-level"},
        {"run", "--metrics-address"},
        {"run", "--api-address"},
        {"run", "--agent-address"},
        {"watch", "--format"},
        {"watch", "--duration"},
        {"watch", "--until-slot"},
        {"events", "--url"},
        {"events", "--topics"},
        {"events", "--timeout"},
        {"events", "--max-events"},
        {"events", "--header"},
        {"events", "--ca-file"},
        {"events", "--max-event-bytes"},
        {"simulate", "--scenario"},
        {"simulate", "--nodes"},
        {"simulate", "--slot-ms"},
        {"demo", "--duration"},
        {"demo", "--slot-ms"},
        {"demo", "--api-address"},
        {"check", "--beacon-node"},
        {"check", "--timeout"},
        {"check", "--format"},
        {"doctor", "--header"},
        {"doctor", "--network"},
        {"doctor", "URL"},
        {"events", "--client-key-file"},
        {"events", "--client-certificate-file"},
    }));
    std::vector<std::string> words{"headmon", command, option, ""};
    if (option == "URL") {
        words.erase(words.begin() + 2);
    }
    const auto arguments = cli::parse_arguments(words);
    const auto* const end = std::get_if<cli::Finished>(&arguments.command);
    REQUIRE(end != nullptr);
    CHECK(end->exit_code == (command == "check" || command == "doctor" ? 3 : 2));
    CHECK(end->text ==
          "headmon: " + option + " has an empty value; give one, or leave the option out");
}

TEST_CASE("events asks for the URL as it is typed, slashes and all", "[cli]") {
    const auto whole = parse("events --url http://h:1/a/b/");
    CHECK(std::get<cli::EventsArguments>(whole.command).endpoint.url.secret_text() ==
          "http://h:1/a/b/");
    const auto topics = parse("events --url http://h:1/a/b/ --topics head");
    CHECK(std::get<cli::EventsArguments>(topics.command).endpoint.url.secret_text() ==
          "http://h:1/a/b/?topics=head");
}

TEST_CASE("help and version are no errors", "[cli]") {
    CHECK(finished("--version").exit_code == 0);
    CHECK_THAT(finished("--version").text, Catch::StartsWith("headmon "));
    const auto help = finished("--help");
    CHECK(help.exit_code == 0);
    CHECK_THAT(help.text, Catch::Contains("Exit codes") && Catch::Contains("mode 0600"));
    for (const std::string command :
         {"run", "watch", "check", "doctor", "events", "simulate", "demo"}) {
        CHECK_THAT(help.text, Catch::Contains(command));
        const auto own = finished(command + " --help");
        CHECK(own.exit_code == 0);
        CHECK_THAT(own.text, Catch::Contains("Examples:"));
    }
}

TEST_CASE("the options of events reach the request", "[cli]") {
    const auto arguments =
        cli::parse_arguments({"headmon", "events", "--url", "http://u:p@h/eth/v1/events?key=1",
                              "--topics", "head,block", "--max-events", "3", "--timeout", "1.5",
                              "--max-event-bytes", "100", "--header", "X-Key: a b"});
    const auto& events = std::get<cli::EventsArguments>(arguments.command);
    CHECK(events.endpoint.url.secret_text() ==
          "http://u:p@h:80/eth/v1/events?key=1&topics=head,block");
    CHECK(events.max_events == 3);
    CHECK(events.timeout == std::chrono::milliseconds{1500});
    CHECK(events.event_bytes_max == 100);
    const std::vector<http::Header> headers{{"X-Key", "a b"}};
    CHECK((events.endpoint.headers == headers));
}

TEST_CASE("an event may be 16 MiB unless told otherwise", "[cli]") {
    const auto arguments = parse("events --url http://h");
    CHECK(std::get<cli::EventsArguments>(arguments.command).event_bytes_max == 16'777'216);
}

TEST_CASE("node options are the same for run and watch", "[cli]") {
    const std::string options =
        " --beacon-node a=http://a --beacon-node b=http://b --beacon-nodes http://c,http://d "
        "--network hoodi --log-format json --log-level debug";
    const auto run = parse("run" + options);
    const auto watch = parse("watch" + options);
    for (const auto& settings : {std::get<cli::RunArguments>(run.command).settings,
                                 std::get<cli::WatchArguments>(watch.command).settings}) {
        REQUIRE(settings.nodes.size() == 4);
        CHECK(settings.nodes[0].name == "a");
        CHECK(settings.nodes[1].name == "b");
        CHECK(settings.nodes[3].endpoint.url.secret_text() == "http://d:80/");
        CHECK(value_of(settings, "network") == "hoodi");
        CHECK(value_of(settings, "log.format") == "json");
        CHECK(value_of(settings, "log.level") == "debug");
    }
}

TEST_CASE("help lists each option of the table of settings where it is taken, and nowhere else",
          "[cli]") {
    for (const std::string command : {"run", "watch", "check", "doctor", "events"}) {
        const std::string help = finished(command + " --help").text;
        for (const config::Setting& setting : config::settings_table()) {
            if (!setting.option) {
                continue;
            }
            const auto& commands = setting.option->commands;
            const bool is_taken =
                std::find(commands.begin(), commands.end(), command) != commands.end();
            const std::string flag{setting.option->flag};
            INFO(command << " " << flag);
            CHECK((help.find("  " + flag + " ") != std::string::npos) == is_taken);
            const auto end = finished(command + " " + flag + " ");
            CHECK((end.text.find("unknown option " + flag) != std::string::npos) != is_taken);
        }
    }
}

TEST_CASE("help and an unknown option come before a bad value", "[cli]") {
    CHECK(finished("watch --duration s3cret --help").exit_code == 0);
    CHECK(finished("watch --duration s3cret --bogus").text ==
          "headmon: unknown option --bogus; see headmon --help");
}

TEST_CASE("a bad node or setting is an error of usage that repeats nothing of it", "[cli]") {
    CHECK(finished("run --beacon-node a=ftp://s3cret").text ==
          "headmon: --beacon-node: the scheme is not http or https; give NAME=http://HOST:PORT");
    CHECK(finished("run --log-level s3cret").text ==
          "headmon: --log-level wants debug, info, warning or error");
    CHECK(finished("run --log-level s3cret").exit_code == 2);
    CHECK(finished("check --network hoodi --slot-duration-ms 1").exit_code == 3);
    for (const std::string command : {"run", "watch", "check"}) {
        const auto end = finished(command + " --beacon-node a\\b=http://a");
        CHECK(end.exit_code == (command == "check" ? 3 : 2));
        CHECK(end.text ==
              "headmon: --beacon-node: a node's name holds a backslash; give it another one");
    }
}

TEST_CASE("core files are written only when asked for, before or behind the command", "[cli]") {
    CHECK_FALSE(parse("demo").core_files);
    CHECK(parse("--core-files demo").core_files);
    CHECK(parse("demo --core-files").core_files);
}
