#include "sse/stream.hpp"
