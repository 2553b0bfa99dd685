// Unpacks heatshrink -w @WINDOW@ -l @LOOKAHEAD@, a few bytes at a time. Written by pixbin.
// Copyright (c) The pixbin authors. SPDX-License-Identifier: MIT
#ifndef @GUARD@
#define @GUARD@
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *next, *end;  // packed bytes that are not read yet
    uint8_t byte, mask;         // packed byte that is being read, and its next bit
    uint8_t count, back, head;  // bytes left of a reference, its distance - 1, window position
    uint8_t window[@SIZE@];     // the last bytes that were unpacked
} @NAME@;

static inline uint8_t @NAME@_bits(@NAME@ *state, uint8_t count) {
    uint8_t bits = 0;
    for (; count; count--) {
        if (!state->mask && state->next < state->end) {
            state->byte = @READ@(state->next++);
            state->mask = 128;
        }
        bits = (uint8_t)(bits << 1 | ((state->byte & state->mask) != 0));
        state->mask >>= 1;
    }
    return bits;
}

// Begins at the first of `length` packed bytes.
static inline void @NAME@_start(@NAME@ *state, const uint8_t *data, size_t length) {
    memset(state, 0, sizeof *state);
    state->next = data;
    state->end = data + length;
}

// Changes the next `count` bytes: those that are in `out` XOR those that are unpacked.
static inline void @NAME@_xor(@NAME@ *state, uint8_t *out, size_t count) {
    for (; count; count--) {
        uint8_t value;
        if (!state->count && @NAME@_bits(state, 1)) {
            value = @NAME@_bits(state, 8);
        } else {
            if (!state->count) {
                state->back = @NAME@_bits(state, @WINDOW@);
                state->count = (uint8_t)(@NAME@_bits(state, @LOOKAHEAD@) + 1);
            }
            value = state->window[(state->head - 1 - state->back) & @MASK@];
            state->count--;
        }
        *out++ ^= state->window[state->head++ & @MASK@] = value;
    }
}

// Writes the next `count` bytes, such as those of a row. It never reads beyond the data.
static inline void @NAME@_read(@NAME@ *state, uint8_t *out, size_t count) {
    memset(out, 0, count);
    @NAME@_xor(state, out, count);
}
#endif
