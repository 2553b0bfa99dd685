// A simulation of the class Sprites of Arduboy2, by the description of its functions in Sprites.h.
// It draws pixel by pixel; the library works on bytes. A height that is no multiple of 8, which
// the description forbids, ends the program.
#pragma once
#include <stdint.h>
#include <stdlib.h>

struct Sprites {
    static uint8_t screen[64][128];  // one pixel each

    // Set the pixels whose mask is 1 to the picture.
    static void drawPlusMask(int x, int y, const uint8_t *bitmap, uint8_t frame) {
        draw(x, y, bitmap, frame, [=](const Cell &cell) {
            const uint8_t *pair = bitmap + 2 + 2 * cell.byte;
            if (pair[1] >> cell.bit & 1) cell.set(pair[0] >> cell.bit & 1);
        });
    }
    static void drawExternalMask(int x, int y, const uint8_t *bitmap, const uint8_t *mask,
                                 uint8_t frame, uint8_t mask_frame) {
        const int shift = (mask_frame - frame) * frame_bytes(bitmap);
        draw(x, y, bitmap, frame, [=](const Cell &cell) {
            if (mask[cell.byte + shift] >> cell.bit & 1)
                cell.set(bitmap[2 + cell.byte] >> cell.bit & 1);
        });
    }
    // Set all pixels to the picture.
    static void drawOverwrite(int x, int y, const uint8_t *bitmap, uint8_t frame) {
        draw(x, y, bitmap, frame, [=](const Cell &cell) {
            cell.set(bitmap[2 + cell.byte] >> cell.bit & 1);
        });
    }
    // Set the pixels that are 1 in the picture to 1.
    static void drawSelfMasked(int x, int y, const uint8_t *bitmap, uint8_t frame) {
        draw(x, y, bitmap, frame, [=](const Cell &cell) {
            if (bitmap[2 + cell.byte] >> cell.bit & 1) cell.set(1);
        });
    }

private:
    struct Cell {
        int x, y, byte, bit;
        void set(int value) const {
            if (0 <= x && x < 128 && 0 <= y && y < 64) screen[y][x] = value;
        }
    };
    static int frame_bytes(const uint8_t *bitmap) { return bitmap[0] * (bitmap[1] / 8); }
    template <class Paint>
    static void draw(int x, int y, const uint8_t *bitmap, int frame, Paint paint) {
        const int width = bitmap[0], height = bitmap[1];
        if (height % 8 != 0) exit(3);
        for (int row = 0; row < height; ++row)
            for (int column = 0; column < width; ++column)
                paint(Cell{x + column, y + row,
                           frame * frame_bytes(bitmap) + row / 8 * width + column, row % 8});
    }
};
uint8_t Sprites::screen[64][128];
