#include <catch2/catch.hpp>

#include "tests/config/config_fixture.hpp"

using namespace tests;

TEST_CASE("a reload names each changed setting that takes effect after a restart", "[cli]") {
    struct Case {
        std::string toml;
        std::string names;
    };
    const auto [toml, names] = GENERATE(values<Case>({
        {"", ""},
        {"network = \"mainnet\"", "network, genesis_time or slot_duration_ms"},
        {"genesis_time = 1700000000\nslot_duration_ms = 500",
         "network, genesis_time or slot_duration_ms"},
        {"[log]\nformat = \"json\"", "log.format"},
        {"[log]\nlevel = \"debug\"", "log.level"},
        {"[monitor]\nevent_bytes_max = 4096", "monitor.event_bytes_max"},
        {"[monitor]\ntick_twelfths = 3", "monitor.tick_twelfths"},
        {"[monitor]\nstate_dir = \"state\"", "monitor.state_dir"},
        {"[monitor]\nextra_topics = [\"attester_slashing\"]", "monitor.extra_topics"},
        {"[metrics]\naddress = \"off\"", "metrics.address"},
        {"[history]\npath = \"h.db\"", "history.path"},
        {"[history]\nage_days_max = 7", "history.age_days_max"},
        {"[history]\nsize_mib_max = 16", "history.size_mib_max"},
        {"[api]\naddress = \"off\"", "api"},
        {"[api]\nallow_remote = true\nhost_names = [\"headmon\"]", "api"},
        {"[api]\npreferred_nodes = [\"a\", \"b\"]", "api"},
        {"[api]\ntoken_file = \"t\"", "api"},
        {"[fleet]\nservers = [\"nats://a:4222\"]\ninstance = \"fra\"", "fleet"},
        {"[fleet]\nlabels = [\"site=fra\"]", "fleet"},
        {"[supervision.monitor]\nmax_restarts = 1", "supervision"},
        {"[log]\nformat = \"json\"\n[metrics]\naddress = \"off\"", "log.format, metrics.address"},
        {"[log]\nlevel = \"info\"\n[metrics]\naddress = \"127.0.0.1:9464\"", ""},
        // Takes effect at once.
        {"[[node]]\nurl = \"http://b\"", ""},
    }));
    CHECK(config::changed_settings(config_of(""), config_of(toml)) == names);
    CHECK(config::changed_settings(config_of(toml), config_of(toml)).empty());
}

TEST_CASE("each setting with an effect of its own is compared by a reload", "[cli]") {
    for (const config::Setting& setting : config::settings_table()) {
        INFO(setting.key);
        CHECK((setting.put == nullptr || setting.is_same != nullptr));
        CHECK((!setting.option || !setting.option->commands.empty()));
    }
}

TEST_CASE("an option that wants another value is told so without the value", "[cli]") {
    Settings settings;
    CHECK(set(settings, "slot_duration_ms", "s3cret") ==
          "--slot-duration-ms wants milliseconds, 50 to 900000");
    CHECK(set(settings, "slot_duration_ms", "49") ==
          "--slot-duration-ms wants milliseconds, 50 to 900000");
    CHECK(set(settings, "slot_duration_ms", "900001") ==
          "--slot-duration-ms wants milliseconds, 50 to 900000");
    CHECK(set(settings, "slot_duration_ms", "50").empty());
    CHECK(set(settings, "slot_duration_ms", "900000").empty());
    CHECK(set(settings, "genesis_time", "4102444801") ==
          "--genesis-time wants seconds since 1970, 0 to 4102444800");
    CHECK(set(settings, "genesis_time", "4102444800").empty());
    CHECK(set(settings, "log.format", "s3cret") == "--log-format wants text or json");
    CHECK(set(settings, "log.level", "s3cret") ==
          "--log-level wants debug, info, warning or error");
    CHECK(set(settings, "metrics.address", "s3cret") ==
          "--metrics-address wants ADDRESS:PORT, such as 127.0.0.1:9464, or off");
    CHECK(set(settings, "metrics.address", "off").empty());
}

TEST_CASE("flags and lists of a file are read as what they are", "[cli]") {
    const auto api = config_of(
                         "[api]\nallow_remote = true\naddress = \"0.0.0.0:9465\"\n"
                         "host_names = [\"a.b\", \"c\"]\npreferred_nodes = [\"x, y\"]")
                         .api;
    CHECK(api.allow_remote);
    CHECK(api.host_names == std::vector<std::string>{"a.b", "c"});
    CHECK(api.preferred_nodes == std::vector<std::string>{"x, y"});
    CHECK(config_of("[api]\nhost_names = []").api.host_names.empty());
}

TEST_CASE("extra topics are typed with commas, and come before those of the file", "[cli]") {
    Settings settings;
    CHECK(set(settings, "monitor.extra_topics", "attester_slashing,voluntary_exit").empty());
    CHECK(std::get<std::string>(settings.values.at("monitor.extra_topics").value) ==
          "attester_slashing\nvoluntary_exit");
    CHECK(config_of("[monitor]\nextra_topics = [\"a_1\", \"b\"]").monitor.extra_topics ==
          std::vector<std::string>{"a_1", "b"});
    CHECK(config_of("[monitor]\nextra_topics = []").monitor.extra_topics.empty());
    const std::string all = "0,1,2,3,4,5,6,7,8,9,a,b,c,d,e," + std::string(64, 'f');
    CHECK(set(settings, "monitor.extra_topics", all).empty());
    for (const std::string& wrong :
         {all + ",g", std::string(65, 'f'), std::string{"a,"}, std::string{"a,a"},
          std::string{"a b"}, std::string{"A"}, std::string{"a-b"}, std::string{"a&topics=head"},
          std::string{"a\nb"}, std::string{"head"}, std::string{"head_v2"}, std::string{"block"},
          std::string{"chain_reorg"}, std::string{"finalized_checkpoint"}, std::string{"error"},
          std::string{"message"}}) {
        INFO(wrong);
        CHECK(set(settings, "monitor.extra_topics", wrong) ==
              "--extra-topics wants up to 16 topics of up to 64 lower-case letters, digits and "
              "'_', each once and none that headmon asks for by itself, such as "
              "attester_slashing,proposer_slashing");
    }
}

TEST_CASE("an API for other machines must be allowed", "[cli]") {
    Settings settings = nodes({"a=http://a"});
    for (const std::string address :
         {"127.0.0.1:1", "127.1.2.3:1", "[::1]:1", "localhost:1", "off"}) {
        CHECK(set(settings, "api.address", address).empty());
        CHECK(problem_of(settings).empty());
    }
    for (const std::string address : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1"}) {
        CHECK(set(settings, "api.address", address).empty());
        CHECK_THAT(problem_of(settings), Catch::StartsWith("--api-address: the API would be open"));
    }
    settings.values.insert_or_assign("api.allow_remote", config::Given{std::uint64_t{1}, "test"});
    CHECK(problem_of(settings).empty());

    settings = nodes({"a=http://a"});
    CHECK(set(settings, "api.agent_address", "10.0.0.1:1").empty());
    CHECK_THAT(problem_of(settings), Catch::StartsWith("--agent-address: the API would be open"));
    CHECK(set(settings, "api.agent_address", "127.0.0.1:1").empty());
    CHECK(problem_of(settings).empty());
    CHECK(set(settings, "api.address", "off").empty());
    CHECK_THAT(problem_of(settings), Catch::StartsWith("--agent-address: agent checks are"));
}

TEST_CASE("what the command line sets comes before the file", "[cli]") {
    const auto path = std::filesystem::temp_directory_path() / "headmon-override-test.toml";
    std::ofstream{path}
        << "genesis_time = 1700000000\nslot_duration_ms = 500\n[log]\nlevel = "
           "\"debug\"\n[metrics]\naddress = \"off\"\n[[node]]\nurl = \"http://a\"\n";
    Settings command_line;
    command_line.config_file = path.string();
    CHECK(set(command_line, "log.level", "error").empty());
    const auto config = config::make_config(command_line, no_environment);
    CHECK(set(command_line, "network", "hoodi").empty());
    const std::string problem = problem_of(command_line);
    std::filesystem::remove(path);
    REQUIRE(config.has_value());
    CHECK((config->log.level == logging::LogLevel::kError));
    CHECK_FALSE(config->metrics.address.has_value());
    CHECK_THAT(problem, Catch::StartsWith("--network: a network's name and a genesis time"));
}

TEST_CASE("nodes come from the file or from the command line, and there must be one", "[cli]") {
    CHECK(problem_of(Settings{}) ==
          "no nodes; give --config FILE, --beacon-node NAME=URL or --beacon-nodes URL,URL");
    Settings both = nodes({"a=http://a"});
    both.config_file = HEADMON_EXAMPLE_CONFIG;
    CHECK(problem_of(both) ==
          "--config and --beacon-node or --beacon-nodes exclude each other; put the nodes into the "
          "file");
    Settings missing;
    missing.config_file = "nowhere.toml";
    CHECK(problem_of(missing) ==
          "nowhere.toml: cannot be read; check the path and its permissions");
    missing.config_file = "/";
    CHECK(problem_of(missing) == "/: is a directory; give a file");
    missing.config_file = "/dev/null";
    CHECK(problem_of(missing) == "/dev/null:1: no nodes; add a [[node]] table with a url");
}

TEST_CASE("nodes of the command line have a name or are named after host and port", "[cli]") {
    Settings arguments;
    arguments.nodes =
        config::parse_nodes({"alpha=http://a:1/?x=y", "http://b:2/?x=y"}, "http://c:3,https://d")
            .value();
    const auto config = config::make_config(arguments, no_environment);
    REQUIRE(config.has_value());
    std::vector<std::string> names;
    for (const auto& candidate : config->candidates) {
        names.push_back(candidate.id.name());
    }
    CHECK(names == std::vector<std::string>{"alpha", "b:2", "c:3", "d:443"});
}

TEST_CASE("wrong nodes on the command line are told by their place, not by their text", "[cli]") {
    const std::string problem = node_problem({"a=http://a", "b=gopher://s3cret"});
    CHECK_THAT(problem, Catch::StartsWith("--beacon-node (number 2): "));
    CHECK_THAT(problem, !Catch::Contains("s3cret"));
    CHECK(node_problem({"a=http://a", "a=http://b"}) ==
          "--beacon-node (number 2): a second node named \"a\" (the first: --beacon-node (number "
          "1)); give each node a name of its own");
    CHECK_THAT(node_problem({}, "http://a,,http://b"),
               Catch::StartsWith("--beacon-nodes (number 2): "));
    CHECK(node_problem({"a\\b=http://a"}) ==
          "--beacon-node: a node's name holds a backslash; give it another one");
}

TEST_CASE("slot time comes from a preset, from both numbers, or from the nodes", "[cli]") {
    Settings arguments = nodes({"a=http://a"});
    CHECK_FALSE(config::make_config(arguments, no_environment)->monitor.slot_time.has_value());

    CHECK(set(arguments, "genesis_time", "1700000000").empty());
    CHECK(problem_of(arguments) ==
          "--genesis-time: genesis time and slot duration belong together; give both, or neither "
          "and let the nodes be asked");
    CHECK(set(arguments, "slot_duration_ms", "500").empty());
    const auto config = config::make_config(arguments, no_environment);
    REQUIRE(config.has_value());
    const chain::SlotClock expected{base::WallTime{std::chrono::seconds{1'700'000'000}},
                                    std::chrono::milliseconds{500}};
    CHECK((config->monitor.slot_time->clock == expected));

    CHECK(set(arguments, "network", "mainnet").empty());
    CHECK(problem_of(arguments) ==
          "--slot-duration-ms: a network's name and a genesis time or slot duration exclude each "
          "other; leave one out");
    Settings unknown = nodes({"a=http://a"});
    CHECK(set(unknown, "network", "s3cretnet").empty());
    CHECK(problem_of(unknown) ==
          "--network: unknown network; one of auto, mainnet, sepolia, hoodi, gnosis, or give "
          "genesis time and slot duration");
}

TEST_CASE("state is kept where the command line says, else the file, else systemd", "[cli]") {
    const auto systemd = [](const std::string& name) {
        return name == "STATE_DIRECTORY" ? std::optional<std::string>{"/var/lib/headmon:/other"}
                                         : std::nullopt;
    };
    Settings arguments = nodes({"a=http://a"});
    CHECK(config::make_config(arguments, no_environment)->state.directory.empty());
    CHECK(config::make_config(arguments, systemd)->state.directory == "/var/lib/headmon");
    CHECK(set(arguments, "monitor.state_dir", "here").empty());
    CHECK(config::make_config(arguments, systemd)->state.directory == "here");

    const auto path = std::filesystem::temp_directory_path() / "headmon-config-test.toml";
    const auto in_file = [&](const std::string& value) {
        std::ofstream{path} << "[monitor]\nstate_dir = \"" << value
                            << "\"\n[[node]]\nurl = \"http://a\"\n";
        Settings from_file;
        from_file.config_file = path.string();
        const auto config = config::make_config(from_file, systemd);
        std::filesystem::remove(path);
        REQUIRE(config.has_value());
        return config->state.directory;
    };
    CHECK(in_file("/state") == "/state");
    CHECK(in_file("state") == (path.parent_path() / "state").string());
    // Said, and nowhere: systemd's is not taken.
    CHECK(in_file("").empty());
}

TEST_CASE("what is published to is read with its parts", "[cli]") {
    const config::Config config = config_of(
        "[fleet]\nservers = [\"nats://u:p@a:4222\", \"tls://b:4222\"]\ninstance = \"fra-1\"\n"
        "labels = [\"site=fra\", \"region=eu=1\"]\ncreate_stream = false\nreplicas = 3\n"
        "age_days_max = 2\nsize_mib_max = 16\nstream = \"s\"");
    CHECK(config.fleet.servers == std::vector<std::string>{"nats://u:p@a:4222", "tls://b:4222"});
    CHECK(config.fleet.instance == "fra-1");
    CHECK(config.fleet.labels ==
          std::map<std::string, std::string>{{"site", "fra"}, {"region", "eu=1"}});
    CHECK_FALSE(config.fleet.create_stream);
    CHECK(config.fleet.replicas == 3);
    CHECK((config.fleet.age == std::chrono::hours{48}));
    CHECK(config.fleet.bytes == 16 * 1024 * 1024);
    CHECK(config.fleet.stream == "s");
    // Without a name it is the machine's, where something is published.
    CHECK_FALSE(config_of("[fleet]\nservers = [\"nats://a:4222\"]").fleet.instance.empty());
    CHECK(config_of("").fleet.servers.empty());
    CHECK(config_of("").fleet.instance.empty());
}
