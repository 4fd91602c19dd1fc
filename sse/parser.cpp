#include "sse/parser.hpp"
