#include "monitor/snapshot.hpp"
