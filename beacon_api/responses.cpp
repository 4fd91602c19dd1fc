#include "beacon_api/responses.hpp"
