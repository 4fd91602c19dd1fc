#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "base/notify.hpp"
#include "fleet/link.hpp"
#include "fleet/options.hpp"

namespace fleet {

/// A link to NATS JetStream, with a thread of its own that blocks in the place of the event loop,
/// which does not wait for it.
class NatsLink final : public Link {
  public:
    NatsLink(const boost::asio::any_io_executor& loop, Options options);
    ~NatsLink() override;

    [[nodiscard]] base::Task<base::Result<void>> open() override;
    void send(std::vector<Outgoing> messages) override;
    [[nodiscard]] base::Task<base::Result<std::vector<Acknowledgement>>> answers() override;

  private:
    class State;

    base::Notify news_;
    std::shared_ptr<State> state_;
};

}  // namespace fleet
