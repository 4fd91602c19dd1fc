#include "beacon_api/slot_clock.hpp"
