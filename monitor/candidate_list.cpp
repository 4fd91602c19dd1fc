#include "monitor/candidate_list.hpp"
