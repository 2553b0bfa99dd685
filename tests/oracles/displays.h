/* Displays of 128 x 64 pixels, as the libraries of Arduino describe their calls.

   Functions that read PROGMEM check that the data lies there, and others that it does not. So a
   call that would read the wrong memory of an AVR fails here, too. */
#pragma once
#include <cassert>
#include <cstdint>
#include <cstdio>
#include <cstring>

#define PROGMEM __attribute__((section("progmem")))
extern "C" const uint8_t __start_progmem[], __stop_progmem[];

static inline bool in_progmem(const void *data) {
    const uint8_t *byte = (const uint8_t *)data;
    return byte >= __start_progmem && byte < __stop_progmem;
}

static inline uint8_t pgm_read_byte(const uint8_t *data) {
    assert(in_progmem(data));
    return *data;
}

static inline uint8_t ram_read_byte(const uint8_t *data) {
    assert(!in_progmem(data));
    return *data;
}

static inline void memcpy_P(void *target, const void *data, size_t count) {
    assert(in_progmem(data) && in_progmem((const uint8_t *)data + count - 1));
    memcpy(target, data, count);
}

enum { SCREEN_WIDTH = 128, SCREEN_HEIGHT = 64, PAGE_COUNT = 8 };
enum { SSD1306_BLACK = 0, SSD1306_WHITE = 1, BLACK = 0, WHITE = 1 };

struct Screen {  // bytes are columns of eight pixels, the lowest bit at the top
    uint8_t buffer[SCREEN_WIDTH * PAGE_COUNT];
    void fill(uint8_t value) { memset(buffer, value, sizeof buffer); }
    void set(int x, int y, bool lit) {
        if (x < 0 || y < 0 || x >= SCREEN_WIDTH || y >= SCREEN_HEIGHT) return;
        uint8_t bit = (uint8_t)(1 << (y & 7)), &byte = buffer[x + (y / 8) * SCREEN_WIDTH];
        byte = lit ? byte | bit : byte & (uint8_t)~bit;
    }
    void print() { fwrite(buffer, 1, sizeof buffer, stdout); }
};

struct Adafruit : Screen {
    uint8_t *getBuffer() { return buffer; }
    void drawBitmap(int x, int y, const uint8_t *bits, int w, int h, int color) {
        rows(x, y, bits, w, h, color, -1, true);
    }
    void drawBitmap(int x, int y, const uint8_t *bits, int w, int h, int color, int ground) {
        rows(x, y, bits, w, h, color, ground, true);
    }
    void drawBitmap(int x, int y, uint8_t *bits, int w, int h, int color, int ground) {
        rows(x, y, bits, w, h, color, ground, true, ram_read_byte);
    }
    void fillRect(int x, int y, int w, int h, int color) {
        for (int at = 0; at < w * h; ++at) set(x + at % w, y + at / w, color == WHITE);
    }
    void drawXBitmap(int x, int y, const uint8_t *bits, int w, int h, int color) {
        rows(x, y, bits, w, h, color, -1, false);
    }
    void rows(int x, int y, const uint8_t *bits, int w, int h, int color, int ground, bool high,
              uint8_t (*read)(const uint8_t *) = pgm_read_byte) {
        for (int row = 0; row < h; ++row)
            for (int column = 0; column < w; ++column) {
                uint8_t byte = read(bits + row * ((w + 7) / 8) + column / 8);
                int bit = high ? 7 - column % 8 : column % 8;
                if (byte >> bit & 1) set(x + column, y + row, color == WHITE);
                else if (ground >= 0) set(x + column, y + row, ground == WHITE);
            }
    }
};

struct U8g2 : Screen {
    int color = 1;
    uint8_t *getBufferPtr() { return buffer; }
    void setDrawColor(int value) { color = value; }
    void drawXBM(int x, int y, int w, int h, const uint8_t *bits) {
        rows(x, y, w, h, bits, false, ram_read_byte);
    }
    void drawXBMP(int x, int y, int w, int h, const uint8_t *bits) {
        rows(x, y, w, h, bits, false, pgm_read_byte);
    }
    void drawBitmap(int x, int y, int count, int h, const uint8_t *bits) {
        rows(x, y, 8 * count, h, bits, true, ram_read_byte);
    }
    template <class Read>
    void rows(int x, int y, int w, int h, const uint8_t *bits, bool high, Read read) {
        for (int row = 0; row < h; ++row)
            for (int column = 0; column < w; ++column) {
                int bit = high ? 7 - column % 8 : column % 8;
                bool is_set = read(bits + row * ((w + 7) / 8) + column / 8) >> bit & 1;
                set(x + column, y + row, is_set ? color : !color);
            }
    }
};

static inline void u8g2_SetDrawColor(U8g2 *u8g2, int color) { u8g2->setDrawColor(color); }
static inline void u8g2_DrawXBM(U8g2 *u8g2, int x, int y, int w, int h, const uint8_t *bits) {
    u8g2->drawXBM(x, y, w, h, bits);
}
static inline void u8g2_DrawBitmap(U8g2 *u8g2, int x, int y, int count, int h, const uint8_t *b) {
    u8g2->drawBitmap(x, y, count, h, b);
}

struct Arduboy : Screen {
    void drawBitmap(int x, int y, const uint8_t *bits, int w, int h, int color) {
        pages(x, y, bits, w, h, color, -1);
    }
    void pages(int x, int y, const uint8_t *bits, int w, int h, int color, int ground) {
        for (int row = 0; row < h; ++row)
            for (int column = 0; column < w; ++column) {
                bool is_set = pgm_read_byte(bits + column + row / 8 * w) >> (row & 7) & 1;
                if (is_set) set(x + column, y + row, color == WHITE);
                else if (ground >= 0) set(x + column, y + row, ground == WHITE);
            }
    }
};

extern Arduboy arduboy;
struct Sprites {  // width and height stand once, before the first frame
    static void drawOverwrite(int x, int y, const uint8_t *bits, int frame) {
        int w = pgm_read_byte(bits), h = pgm_read_byte(bits + 1);
        arduboy.pages(x, y, bits + 2 + frame * w * ((h + 7) / 8), w, h, WHITE, BLACK);
    }
};
