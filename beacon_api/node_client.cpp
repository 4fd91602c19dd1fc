#include "beacon_api/node_client.hpp"
