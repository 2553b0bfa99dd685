// Unpacks runs of bits in Elias gamma codes, a few bytes at a time. Written by pixbin.
// Copyright (c) The pixbin authors. SPDX-License-Identifier: MIT
#ifndef @GUARD@
#define @GUARD@
#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *next, *end;  // packed bytes that are not read yet
    uint32_t count;             // bits left of this run
    uint8_t byte;               // the rest of a packed byte, then a 1 and zeros
    uint8_t fill, lsb;          // bits of this run; whether the first bit of a byte is its lowest
} @NAME@;

static inline uint8_t @NAME@_bit(@NAME@ *state) {
    uint8_t bits = state->byte, last = 0;
    if (bits == 128) {
        if (state->next == state->end) return 1;
        bits = @READ@(state->next++), last = 1;
    }
    state->byte = (uint8_t)(bits << 1 | last);
    return bits >> 7;
}

// Begins at the first of `length` packed bytes.
static inline void @NAME@_start(@NAME@ *state, const uint8_t *data, size_t length) {
    state->end = (state->next = data) + length;
    state->byte = 128;
    state->count = 0;
    state->fill = @NAME@_bit(state) ? 0 : 255;
    state->lsb = @NAME@_bit(state);
}

// Changes the next `count` bytes: those that are in `out` XOR those that are unpacked.
static inline void @NAME@_xor(@NAME@ *state, uint8_t *out, size_t count) {
    for (; count; count--) {
        uint8_t byte = 0, left = 8, part, zeros;
        for (; left; left -= part) {
            if (!state->count) {
                for (zeros = 0; !@NAME@_bit(state);) zeros++;
                for (state->count = 1; zeros; zeros--)
                    state->count = state->count << 1 | @NAME@_bit(state);
                state->fill ^= 255;
            }
            part = state->count < left ? (uint8_t)state->count : left;
            state->count -= part;
            for (uint8_t bits = part; bits; bits--)
                byte = state->lsb ? byte >> 1 | (state->fill & 128) : byte << 1 | (state->fill & 1);
        }
        *out++ ^= byte;
    }
}

// Writes the next `count` bytes, such as those of a row. It never reads beyond the data.
static inline void @NAME@_read(@NAME@ *state, uint8_t *out, size_t count) {
    memset(out, 0, count);
    @NAME@_xor(state, out, count);
}
#endif
