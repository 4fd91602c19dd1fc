#pragma once

#include <nats/nats.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "fleet/handles.hpp"
#include "fleet/options.hpp"
#include "fleet/registry.hpp"

// Private to the room: pulls in libnats.
namespace fleet {

/// A connection to the broker. Its calls block, for `kTimeout` at most: they belong on a thread
/// that is not the event loop's. It does not connect again by itself: who owns it says when.
class Broker {
  public:
    static constexpr std::chrono::milliseconds kTimeout{5000};
    /// Of a stream that is made: for so long the broker itself drops what comes twice.
    static constexpr std::chrono::minutes kDuplicates{2};
    static constexpr std::int32_t kMessageBytesMax = 1024 * 1024;

    /// Is called on a thread of libnats when the connection is lost, or when the broker refuses
    /// something that has no answer of its own: a subject without permission.
    using OnLost = std::function<void(const base::Error&)>;

    /// Fails with kBadValue for what has to be mended here, with kUnreachable for the rest.
    [[nodiscard]] static base::Result<std::unique_ptr<Broker>> connect(const Options& options,
                                                                       OnLost on_lost);
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;
    /// Closes the connection; `on_lost` is not called any more once it returns, but for a call that
    /// is under way.
    ~Broker();

    /// That the stream is there; makes it where it is not and the options say so.
    [[nodiscard]] base::Result<void> require_stream(const Options& options);

    [[nodiscard]] natsConnection* native() const { return connection_.get(); }

  private:
    using OnLostEntry = Registry<OnLost>::Entry;

    explicit Broker(OnLost on_lost);

    [[nodiscard]] base::Result<void> open(const Options& options);
    [[nodiscard]] base::Result<void> make_stream(jsCtx* context, const Options& options);

    OnLostEntry on_lost_;
    Handle<natsConnection> connection_;
};

/// What libnats says, for people: what it is and what to do. Without any part of a URL.
[[nodiscard]] base::Error describe(natsStatus status, const std::string& last_error);
/// The same with the words that libnats keeps for this thread.
[[nodiscard]] base::Error describe_last(natsStatus status);
/// The same of an answer of JetStream; `text` is the broker's own.
[[nodiscard]] base::Error describe_stream_error(natsStatus status, int code,
                                                const std::string& text, const Options& options);

}  // namespace fleet
