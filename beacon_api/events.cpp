#include "beacon_api/events.hpp"
