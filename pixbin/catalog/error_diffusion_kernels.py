"""The error-diffusion kernels and tables as their papers print them.

In a kernel `*` is the current cell, whose error is distributed; `.` gets no part of it.
"""

from __future__ import annotations

from pixbin.catalog.families import DotDiffusion, ErrorDiffusion, VariableDiffusion

FLOYD_STEINBERG = ErrorDiffusion.from_diagram("""
    . * 7
    3 5 1  / 16""")
FALSE_FLOYD_STEINBERG = ErrorDiffusion.from_diagram("""
    * 3
    3 2  / 8""")
JARVIS_JUDICE_NINKE = ErrorDiffusion.from_diagram("""
    . . * 7 5
    3 5 7 5 3
    1 3 5 3 1  / 48""")
STUCKI = ErrorDiffusion.from_diagram("""
    . . * 8 4
    2 4 8 4 2
    1 2 4 2 1  / 42""")
BURKES = ErrorDiffusion.from_diagram("""
    . . * 8 4
    2 4 8 4 2  / 32""")
SIERRA3 = ErrorDiffusion.from_diagram("""
    . . * 5 3
    2 4 5 4 2
    . 2 3 2 .  / 32""")
SIERRA2 = ErrorDiffusion.from_diagram("""
    . . * 4 3
    1 2 3 2 1  / 16""")
SIERRA_LITE = ErrorDiffusion.from_diagram("""
    . * 2
    1 1 .  / 4""")
ATKINSON = ErrorDiffusion.from_diagram("""
    . * 1 1
    1 1 1 .
    . 1 . .  / 8""")
STEVENSON_ARCE = ErrorDiffusion.from_diagram("""
     .  .  .  *  . 32  .
    12  . 26  . 30  . 16
     . 12  . 26  . 12  .
     5  . 12  . 12  .  5  / 200""")
SHIAU_FAN1 = ErrorDiffusion.from_diagram("""
    . . * 4
    1 1 2 .  / 8""")
SHIAU_FAN2 = ErrorDiffusion.from_diagram("""
    . . . * 8
    1 1 2 4 .  / 16""")
FAN = ErrorDiffusion.from_diagram("""
    . . * 7
    1 3 5 .  / 16""")
PIGEON = ErrorDiffusion.from_diagram("""
    . . * 2 1
    . 2 2 2 .
    1 . 1 . 1  / 14""")
SIMPLE_2D = ErrorDiffusion.from_diagram("""
    * 1
    1 .  / 2""")

# Interpolated, these levels give the table of 128 levels that V. Ostromoukhov published.
OSTROMOUKHOV = VariableDiffusion("""
      0  13 0 5
      1  13 0 5
      2  21 0 10
      3  7 0 4
      4  8 0 5
     10  7 3 3
     22  3 2 1
     36  5 3 3
     64  1 1 0
     72  5 7 1
     77  4 1 1
     85  4 1 1
     95  5 3 2
    107  5 3 2
    127  4 1 1""")
# As printed in the paper; a later program of the authors differs near levels 40, 80 and 102.
ZHOU_FANG = VariableDiffusion(
    """
      0  13 0 5
      1  1300249 0 499250
      2  214114 287 99357
      3  351854 0 199965
      4  801100 0 490999
     10  704075 297466 303694
     22  46613 31917 21469
     32  47482 30617 21900
     44  43024 42131 14826
     64  36411 43219 20369
     72  38477 53843 7678
     77  40503 51547 7948
     85  35865 34108 30026
     95  34117 36899 28983
    102  35464 35049 29485
    107  16477 18810 14712
    112  33360 37954 28685
    127  35269 36066 28664""",
    """
      0  0
     44  34
     64  50
     85  100
     95  17
    102  50
    107  70
    112  79
    127  100""",
)
KNUTH = DotDiffusion("""
    34 48 40 32 29 15 23 31
    42 58 56 53 21  5  7 10
    50 62 61 45 13  1  2 18
    38 46 54 37 25 17  9 26
    28 14 22 30 35 49 41 33
    20  4  6 11 43 59 57 52
    12  0  3 19 51 63 60 44
    24 16  8 27 39 47 55 36""")
MESE_VAIDYANATHAN = DotDiffusion("""
    207   0  13  17  28  55  18 102  81  97  74 144 149 169 170 172
      3   6  23  36  56  50  65  87 145 130 137 158 182 184 195 221
      7  14  24  37  67  69  86   5 106 152 150 165 183 192 224   1
     15  26  43  53  51 101 115 131 139 136 166 119 208 223 226   4
     22  39  52  71  84 103 164 135 157 173 113 190 222 225 227  16
     40  85  72  83 104 117 167 133 168 180 200 219 231 228  12  21
     47 120  54 105 123 132 146 176 179 202 220 230 245   2  20  41
     76  73 127 109 138 134 178 181 206 196 229 244 246  19  42  49
     80  99 112 147 142 171 177 203 218 232 243 248 247  33  48  68
    108 107 140 143 185 163 204 217 233 242 249 255  44  45  70  79
    110 141  88  75 175 205 214 234 241 250 254  38  46  77 116 100
    111 148 160 174 201 215 235 240 251 252 253  61  62  93  94 125
    151 159 189 199 197 216 236 239  25  31  60  82  92  95 124 114
    156 188 191 209 213 237 238  29  32  59  64  91 118  78 128 155
    187 194 198 212   9  10  30  35  58  63  90  96 122 129 154 161
    193 210 211   8  11  27  34  57  66  89  98 121 126 153 162 186""")
