#ifndef SEGDRIFT_CSIMDJSON_H
#define SEGDRIFT_CSIMDJSON_H

#ifdef __cplusplus
extern "C" {
#endif

/// Name of the instruction set simdjson chose at run time ("haswell", "westmere", "fallback", …).
const char *segdrift_simdjson_implementation(void);

#ifdef __cplusplus
}
#endif

#endif
