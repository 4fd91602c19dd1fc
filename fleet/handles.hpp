#pragma once

#include <nats/nats.h>

#include <memory>

// Private to the room: pulls in libnats.
namespace fleet {

/// Frees what libnats has made.
struct Free {
    void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
    void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
    void operator()(natsSubscription* subscription) const {
        natsSubscription_Destroy(subscription);
    }
    void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
    void operator()(jsCtx* context) const { jsCtx_Destroy(context); }
    void operator()(jsStreamInfo* info) const { jsStreamInfo_Destroy(info); }
};
template <class T>
using Handle = std::unique_ptr<T, Free>;

}  // namespace fleet
