// Unpacks runs of bits in Elias gamma codes, a few bytes at a time. Written by pixbin.
// Copyright (c) The pixbin authors. SPDX-License-Identifier: MIT
#ifndef @GUARD@
#define @GUARD@
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *next, *end;  // packed bytes that are not read yet
    uint32_t count;             // bits left of this run
    uint8_t byte, mask;         // packed byte that is being read, and its next bit
    uint8_t value;              // 0 or 255: the bits of this run
    uint8_t is_lsb;             // whether the first bit of a byte is its lowest
} @NAME@;

static inline uint8_t @NAME@_bit(@NAME@ *state) {
    if (!state->mask) {
        if (state->next == state->end) return 1;
        state->byte = @READ@(state->next++);
        state->mask = 128;
    }
    uint8_t bit = (state->byte & state->mask) != 0;
    state->mask >>= 1;
    return bit;
}

// Begins at the first of `length` packed bytes.
static inline void @NAME@_start(@NAME@ *state, const uint8_t *data, size_t length) {
    memset(state, 0, sizeof *state);
    state->next = data;
    state->end = data + length;
    state->value = @NAME@_bit(state) ? 0 : 255;
    state->is_lsb = @NAME@_bit(state);
}

// Changes the next `count` bytes: those that are in `out` XOR those that are unpacked.
static inline void @NAME@_xor(@NAME@ *state, uint8_t *out, size_t count) {
    for (; count; count--, out++) {
        for (uint8_t at = 0; at < 8; at++) {
            if (!state->count) {
                uint8_t zeros = 0;
                while (!@NAME@_bit(state)) zeros++;
                for (state->count = 1; zeros; zeros--)
                    state->count = state->count << 1 | @NAME@_bit(state);
                state->value ^= 255;
            }
            state->count--;
            *out ^= state->value & (state->is_lsb ? 1 << at : 128 >> at);
        }
    }
}

// Writes the next `count` bytes, such as those of a row. It never reads beyond the data.
static inline void @NAME@_read(@NAME@ *state, uint8_t *out, size_t count) {
    memset(out, 0, count);
    @NAME@_xor(state, out, count);
}
#endif
