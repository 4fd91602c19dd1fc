#include "config/supervision.hpp"

namespace config {

const std::vector<std::string_view>& service_names() {
    static const std::vector<std::string_view> names{
        kMonitor, kConfigWatch,   kReloadSignal,  kServiceManager, kMetrics, kApi,
        kAgent,   kHistoryWriter, kHistoryReader, kRecorder,       kFleet};
    return names;
}

}  // namespace config
