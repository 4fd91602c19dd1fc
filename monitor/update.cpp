#include "monitor/update.hpp"
