// Unpacks PackBits (TIFF 6.0, section 9) a few bytes at a time. Written by pixbin.
// Copyright (c) The pixbin authors. SPDX-License-Identifier: MIT
#ifndef @GUARD@
#define @GUARD@
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *next, *end;  // packed bytes that are not read yet
    uint8_t count;              // bytes left of this run
    uint8_t is_repeat;          // whether they are all `value`
    uint8_t value;
} @NAME@;

// Begins at the first of `length` packed bytes.
static inline void @NAME@_start(@NAME@ *state, const uint8_t *data, size_t length) {
    state->next = data;
    state->end = data + length;
    state->count = 0;
}

// Changes the next `count` bytes: those that are in `out` XOR those that are unpacked.
static inline void @NAME@_xor(@NAME@ *state, uint8_t *out, size_t count) {
    for (; count; count--) {
        while (!state->count) {
            if (state->end - state->next < 2) return;
            uint8_t code = @READ@(state->next++);
            if (code == 128) continue;
            state->is_repeat = code > 128;
            state->count = (uint8_t)(code > 128 ? 257 - code : code + 1);
            if (state->is_repeat) state->value = @READ@(state->next++);
        }
        if (!state->is_repeat) {
            if (state->next == state->end) return;
            state->value = @READ@(state->next++);
        }
        state->count--;
        *out++ ^= state->value;
    }
}

// Writes the next `count` bytes, such as those of a row. It never reads beyond the data.
static inline void @NAME@_read(@NAME@ *state, uint8_t *out, size_t count) {
    memset(out, 0, count);
    @NAME@_xor(state, out, count);
}
#endif
