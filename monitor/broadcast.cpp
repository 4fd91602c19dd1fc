#include "monitor/broadcast.hpp"
