// The precompiled header of the tests. Nothing may rely on it.
#pragma once

#include <catch2/catch.hpp>

#include "base/precompiled.hpp"
