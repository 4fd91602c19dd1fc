#include "sse/writer.hpp"
