/* tiles_amx: the one set-up of AMX tiles that we use: eight of 16 rows of 64 bytes. */
#ifndef ENGINE_KERNELS_TILES_AMX_H
#define ENGINE_KERNELS_TILES_AMX_H

#include <immintrin.h>
#include <stdint.h>

/* Compilers do not know that tiles are loaded from memory: what was stored before this line is
 * there for the loads after it. */
#define TILES_READ_MEMORY() __asm__ volatile("" ::: "memory")

static inline void tiles_configure(void) {
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } c = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        c.row_bytes[i] = 64;
        c.rows[i] = 16;
    }
    TILES_READ_MEMORY();
    _tile_loadconfig(&c);
}

#endif
