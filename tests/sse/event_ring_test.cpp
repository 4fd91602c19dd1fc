#include "sse/event_ring.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "tests/support/loop.hpp"

namespace asio = boost::asio;

namespace {

struct RingFixture {
    explicit RingFixture(sse::EventRingOptions options = {}) : ring{loop.get_executor(), options} {}

    /// Publishes `count` events of type "tick".
    void publish(int count) {
        for (int i = 0; i < count; ++i) {
            ring.publish("tick", "x");
        }
    }

    asio::io_context loop;
    sse::EventRing ring;
};

/// "7" for an event, "gap 3", "gap ?" or "closed"; "-" for nothing.
std::string text_of(const std::optional<sse::EventRing::Next>& next) {
    if (!next) {
        return "-";
    }
    if (const auto* const event = std::get_if<sse::EventRing::EventPtr>(&*next)) {
        return std::to_string((*event)->id);
    }
    if (const auto* const gap = std::get_if<sse::RingGap>(&*next)) {
        return "gap " + (gap->events ? std::to_string(*gap->events) : "?");
    }
    return "closed";
}

/// All that the cursor has an answer for at once.
std::string all_of(sse::EventRing::Cursor& cursor) {
    std::string all;
    while (const auto next = cursor.poll()) {
        all += text_of(next) + " ";
        if (std::holds_alternative<sse::RingClosed>(*next)) {
            break;
        }
    }
    return all;
}

std::string all_after(const sse::EventRing& ring, std::uint64_t id) {
    auto cursor = ring.after(id);
    return all_of(cursor);
}

/// What one client of many has seen.
struct Client {
    std::uint64_t events = 0;
    std::uint64_t lost = 0;
    std::uint64_t last_id = 0;
    /// The sum of addresses: equal for clients that were served the same objects.
    std::uintptr_t addresses = 0;
    bool in_order = true;
    bool closed = false;
};

base::Task<void> follow(sse::EventRing::Cursor cursor, Client& client) {
    while (!client.closed) {
        const auto next = co_await cursor.next();
        if (const auto* const event = std::get_if<sse::EventRing::EventPtr>(&next)) {
            ++client.events;
            client.in_order = client.in_order && (*event)->id > client.last_id;
            client.last_id = (*event)->id;
            client.addresses += reinterpret_cast<std::uintptr_t>(event->get());
        } else if (const auto* const gap = std::get_if<sse::RingGap>(&next)) {
            client.lost += gap->events.value_or(0);
        } else {
            client.closed = true;
        }
    }
}

}  // namespace

TEST_CASE("an event is serialised with its id, once for all", "[sse][ring]") {
    RingFixture fixture;
    auto one = fixture.ring.at_end();
    auto two = fixture.ring.at_end();
    CHECK(fixture.ring.last_id() == 0);
    CHECK(fixture.ring.publish("head", "{\"slot\":\"1\"}") == 1);
    CHECK(fixture.ring.publish("", "a\nb") == 2);
    const auto first = std::get<sse::EventRing::EventPtr>(one.poll().value());
    CHECK(first->id == 1);
    CHECK(first->type == "head");
    CHECK(first->bytes == "event: head\nid: 1\ndata: {\"slot\":\"1\"}\n\n");
    CHECK(std::get<sse::EventRing::EventPtr>(two.poll().value()) == first);
    CHECK(std::get<sse::EventRing::EventPtr>(two.poll().value())->bytes ==
          "id: 2\ndata: a\ndata: b\n\n");
    CHECK(text_of(two.poll()) == "-");
}

TEST_CASE("a cursor begins at the end, or behind an id", "[sse][ring]") {
    RingFixture fixture;
    CHECK(all_after(fixture.ring, 0).empty());
    fixture.publish(3);
    auto cursor = fixture.ring.at_end();
    CHECK(all_of(cursor).empty());
    fixture.publish(2);
    CHECK(all_of(cursor) == "4 5 ");
    CHECK(all_after(fixture.ring, 0) == "1 2 3 4 5 ");
    CHECK(all_after(fixture.ring, 3) == "4 5 ");
    CHECK(all_after(fixture.ring, 5).empty());
}

TEST_CASE("the ring is bounded in number, and who falls behind finds the gap", "[sse][ring]") {
    RingFixture fixture{sse::EventRingOptions{3, 100'000, 1}};
    auto cursor = fixture.ring.at_end();
    fixture.publish(2);
    CHECK(text_of(cursor.poll()) == "1");
    fixture.publish(8);
    CHECK(fixture.ring.events() == 3);
    CHECK(all_of(cursor) == "gap 6 8 9 10 ");
    CHECK(all_after(fixture.ring, 2) == "gap 5 8 9 10 ");
    CHECK(all_after(fixture.ring, 7) == "8 9 10 ");
}

TEST_CASE("the ring is bounded in bytes", "[sse][ring]") {
    RingFixture fixture{sse::EventRingOptions{1000, 1000, 1}};
    auto cursor = fixture.ring.at_end();
    for (int i = 0; i < 10; ++i) {
        fixture.ring.publish("a", std::string(300, 'x'));
        CHECK(fixture.ring.bytes() <= 1000);
    }
    CHECK(fixture.ring.events() == 3);
    CHECK(all_of(cursor) == "gap 7 8 9 10 ");
    // One that is too large for the ring is lost to all.
    CHECK(fixture.ring.publish("a", std::string(2000, 'x')) == 11);
    CHECK(fixture.ring.events() == 0);
    CHECK(fixture.ring.bytes() == 0);
    CHECK(all_of(cursor) == "gap 1 ");
    fixture.publish(1);
    CHECK(all_of(cursor) == "12 ");
}

TEST_CASE("an id that is none of the ring's is a gap of unknown length", "[sse][ring]") {
    RingFixture fixture{sse::EventRingOptions{2, 100'000, 1000}};
    CHECK(fixture.ring.last_id() == 999);
    CHECK(all_after(fixture.ring, 5) == "gap ? ");
    CHECK(all_after(fixture.ring, 999).empty());
    fixture.publish(3);
    CHECK(all_after(fixture.ring, 998) == "gap ? 1001 1002 ");
    CHECK(all_after(fixture.ring, 999) == "gap 1 1001 1002 ");
    CHECK(all_after(fixture.ring, 1003) == "gap ? 1001 1002 ");
    CHECK(all_after(fixture.ring, UINT64_MAX) == "gap ? 1001 1002 ");
}

TEST_CASE("closing ends all clients, those that wait and those that are behind", "[sse][ring]") {
    RingFixture fixture;
    Client waiting;
    asio::co_spawn(fixture.loop, follow(fixture.ring.at_end(), waiting), asio::detached);
    auto behind = fixture.ring.at_end();
    fixture.publish(2);
    fixture.loop.poll();
    CHECK(waiting.events == 2);
    CHECK(fixture.ring.cursors() == 2);
    fixture.ring.close();
    fixture.loop.restart();
    fixture.loop.poll();
    CHECK(waiting.closed);
    CHECK(all_of(behind) == "closed ");
    CHECK(fixture.ring.cursors() == 1);
    CHECK(fixture.ring.publish("tick", "x") == 2);
    CHECK(all_after(fixture.ring, 0) == "closed ");
}

TEST_CASE("a cursor may outlive its ring", "[sse][ring]") {
    asio::io_context loop;
    auto ring = std::make_unique<sse::EventRing>(loop.get_executor(), sse::EventRingOptions{});
    Client waiting;
    asio::co_spawn(loop, follow(ring->at_end(), waiting), asio::detached);
    auto cursor = ring->at_end();
    loop.poll();
    ring.reset();
    loop.restart();
    loop.poll();
    CHECK(waiting.closed);
    CHECK(text_of(cursor.poll()) == "closed");
}

TEST_CASE("a wait ends by wake, and by cancellation", "[sse][ring]") {
    RingFixture fixture;
    auto cursor = fixture.ring.at_end();
    cursor.wake();
    tests::run(fixture.loop, cursor.wait());
    CHECK(text_of(cursor.poll()) == "-");

    bool ended = false;
    asio::cancellation_signal cancel;
    asio::co_spawn(
        fixture.loop, cursor.wait(),
        asio::bind_cancellation_slot(cancel.slot(), [&](const std::exception_ptr& error) {
            ended = base::is_cancellation(error);
        }));
    fixture.loop.restart();
    fixture.loop.poll();
    CHECK_FALSE(ended);
    cancel.emit(asio::cancellation_type::terminal);
    fixture.loop.restart();
    fixture.loop.poll();
    CHECK(ended);
    fixture.publish(1);
    tests::run(fixture.loop, cursor.wait());
    CHECK(all_of(cursor) == "1 ");
}

TEST_CASE(
    "ten thousand clients are served the same objects in order, without waiting for each other",
    "[sse][ring]") {
    constexpr std::size_t kClients = 10'000;
    RingFixture fixture{sse::EventRingOptions{50, 1'000'000, 1}};
    std::vector<Client> clients(kClients);
    for (Client& client : clients) {
        asio::co_spawn(fixture.loop, follow(fixture.ring.at_end(), client), asio::detached);
    }
    const auto turn = [&] {
        fixture.loop.restart();
        fixture.loop.poll();
    };
    turn();
    CHECK(fixture.ring.cursors() == kClients);
    auto deaf = fixture.ring.at_end();
    for (int i = 0; i < 20; ++i) {
        fixture.publish(1);
        turn();
    }
    for (const Client& client : clients) {
        REQUIRE(client.events == 20);
        REQUIRE(client.in_order);
        REQUIRE(client.addresses == clients.front().addresses);
    }
    // A burst beyond the ring while nobody runs: each of them loses the same events.
    fixture.publish(120);
    turn();
    for (const Client& client : clients) {
        REQUIRE(client.events == 70);
        REQUIRE(client.lost == 70);
        REQUIRE(client.last_id == 140);
    }
    CHECK(text_of(deaf.poll()) == "gap 90");
    fixture.ring.close();
    turn();
    CHECK(fixture.ring.cursors() == 1);
}

TEST_CASE("ids with a prefix of this start are kept apart from all others", "[sse][ring]") {
    sse::EventRingOptions options;
    options.id_prefix = "s1";
    RingFixture fixture{options};
    fixture.publish(3);
    const auto first = std::get<sse::EventRing::EventPtr>(*fixture.ring.after(0).poll());
    CHECK(first->bytes.find("\nid: s1-1\n") != std::string::npos);
    for (const std::string_view id : {"s1-1", "s1-2", "s1-3"}) {
        auto cursor = fixture.ring.after(id);
        const auto next = cursor.poll();
        CHECK((!next || std::holds_alternative<sse::EventRing::EventPtr>(*next)));
    }
    for (const std::string_view id : {"1", "s2-1", "s1-4", "s1-", "s1", "s1--1", "s1-1 ", ""}) {
        INFO(id);
        auto cursor = fixture.ring.after(id);
        CHECK((std::get<sse::RingGap>(*cursor.poll()) == sse::RingGap{}));
        CHECK(std::get<sse::EventRing::EventPtr>(*cursor.poll())->id == 1);
    }
}

TEST_CASE("an event id is decimal digits alone", "[sse][ring]") {
    CHECK(sse::parse_event_id("0") == 0U);
    CHECK(sse::parse_event_id("18446744073709551615") == UINT64_MAX);
    for (const std::string text :
         {"", " 1", "1 ", "-1", "+1", "1.0", "0x1", "a", "18446744073709551616"}) {
        INFO(text);
        CHECK_FALSE(sse::parse_event_id(text));
    }
}
