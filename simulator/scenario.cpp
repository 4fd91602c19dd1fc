#include "simulator/scenario.hpp"
