#include "monitor/head_monitor.hpp"
