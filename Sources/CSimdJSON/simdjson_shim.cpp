#include "CSimdJSON.h"

#include <simdjson.h>

#include <string>

extern "C" const char *segdrift_simdjson_implementation(void) {
    static const std::string name = simdjson::get_active_implementation()->name();
    return name.c_str();
}
