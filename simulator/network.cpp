#include "simulator/network.hpp"
