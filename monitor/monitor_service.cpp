#include "monitor/monitor_service.hpp"
