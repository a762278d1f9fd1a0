/* x86: what this CPU can do, as far as the operating system saves its registers. */
#if defined(__x86_64__)
#include "engine/kernels/x86.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Bits of XCR0: which registers the system keeps across a switch. */
static bool system_saves(uint64_t wanted) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return false;
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (((uint64_t)high << 32 | low) & wanted) == wanted;
}

bool x86_has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("f16c") && system_saves(0x6);
}

bool x86_has_avxvnni(void) {
    unsigned a, b, c, d;
    return x86_has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && a >> 4 & 1;
}

bool x86_has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni") && system_saves(0xE6);
}

/* Tile registers must be asked for, once for the whole process (Linux 5.16). */
bool x86_has_amx(void) {
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, TILE_DATA = 18 };
    unsigned a, b, c, d;
    if (!x86_has_avx512() || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    bool bf16_tiles = d >> 22 & 1, tiles = d >> 24 & 1;
    if (!__get_cpuid_count(7, 1, &a, &b, &c, &d)) return false;
    bool bf16 = a >> 5 & 1;
    return bf16_tiles && tiles && bf16 && system_saves(0x60000) &&
           syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, TILE_DATA) == 0;
}
#endif
