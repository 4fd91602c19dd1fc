// Nanoseconds per head event: the parser over a recorded stream, cut as a socket cuts it, the
// decoder over the data of its heads, and what one header a slot costs for the proof.

#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "beacon_api/events.hpp"
#include "beacon_api/responses.hpp"
#include "chain/block_header.hpp"
#include "sse/parser.hpp"

namespace {

constexpr std::size_t kEventBytesMax = 1 << 20;

std::string stream_bytes() {
    std::ifstream file{HEADMON_FIXTURES "/lodestar-1.5.1/head-only.sse", std::ios::binary};
    std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    if (bytes.empty()) {
        throw std::runtime_error{"fixtures/lodestar-1.5.1/head-only.sse is missing"};
    }
    return bytes;
}

void count_events(benchmark::State& state, std::size_t events) {
    const auto total = static_cast<double>(events) * static_cast<double>(state.iterations());
    state.counters["per_event"] =
        benchmark::Counter{total, benchmark::Counter::kIsRate | benchmark::Counter::kInvert};
    state.counters["events"] = static_cast<double>(events);
}

/// The argument is the size of one read in bytes.
void parse(benchmark::State& state) {
    const std::string bytes = stream_bytes();
    const auto piece = static_cast<std::size_t>(state.range(0));
    std::size_t events = 0;
    for (auto _ : state) {
        events = 0;
        sse::Parser parser{kEventBytesMax, [&events](const sse::Event& event) {
                               benchmark::DoNotOptimize(event.data.data());
                               ++events;
                           }};
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            if (!parser.feed(std::string_view{bytes}.substr(at, piece))) {
                state.SkipWithError("the parser refused the fixture");
                return;
            }
        }
    }
    count_events(state, events);
}
BENCHMARK(parse)->Arg(440)->Arg(1448)->Arg(16384);

void decode(benchmark::State& state) {
    std::vector<std::string> heads;
    sse::Parser parser{kEventBytesMax,
                       [&heads](const sse::Event& event) { heads.emplace_back(event.data); }};
    if (!parser.feed(stream_bytes())) {
        state.SkipWithError("the parser refused the fixture");
        return;
    }
    beacon_api::EventDecoder decoder;
    for (auto _ : state) {
        for (const std::string& head : heads) {
            auto event = decoder.decode("head", head);
            if (!event) {
                state.SkipWithError("the decoder refused the fixture");
                return;
            }
            benchmark::DoNotOptimize(event);
        }
    }
    count_events(state, heads.size());
}
BENCHMARK(decode);

std::string header_answer() {
    std::ifstream file{HEADMON_FIXTURES "/mainnet/mainnet-electra-11861306.json", std::ios::binary};
    std::string body{std::istreambuf_iterator<char>{file}, {}};
    if (body.empty()) {
        throw std::runtime_error{"fixtures/mainnet/mainnet-electra-11861306.json is missing"};
    }
    return body;
}

/// The answer that holds a header, hashed and compared with its root.
void decode_header(benchmark::State& state) {
    const std::string body = header_answer();
    for (auto _ : state) {
        auto header = beacon_api::decode_block_header(body);
        if (!header) {
            state.SkipWithError("the decoder refused the fixture");
            return;
        }
        benchmark::DoNotOptimize(header);
    }
    count_events(state, 1);
}
BENCHMARK(decode_header);

/// The hash of it alone.
void hash_header(benchmark::State& state) {
    chain::BlockHeader header;
    for (auto _ : state) {
        ++header.proposer_index;
        benchmark::DoNotOptimize(chain::hash_tree_root(header));
    }
    count_events(state, 1);
}
BENCHMARK(hash_header);

}  // namespace

BENCHMARK_MAIN();
