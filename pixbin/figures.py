"""Error-diffusion kernels as their papers print them; `*` is the cell whose error is shared."""

from __future__ import annotations

from pixbin.families import ErrorDiffusion

FLOYD_STEINBERG = ErrorDiffusion.figure("""
    . * 7
    3 5 1  / 16""")
FALSE_FLOYD_STEINBERG = ErrorDiffusion.figure("""
    * 3
    3 2  / 8""")
JARVIS_JUDICE_NINKE = ErrorDiffusion.figure("""
    . . * 7 5
    3 5 7 5 3
    1 3 5 3 1  / 48""")
STUCKI = ErrorDiffusion.figure("""
    . . * 8 4
    2 4 8 4 2
    1 2 4 2 1  / 42""")
BURKES = ErrorDiffusion.figure("""
    . . * 8 4
    2 4 8 4 2  / 32""")
SIERRA3 = ErrorDiffusion.figure("""
    . . * 5 3
    2 4 5 4 2
    . 2 3 2 .  / 32""")
SIERRA2 = ErrorDiffusion.figure("""
    . . * 4 3
    1 2 3 2 1  / 16""")
SIERRA_LITE = ErrorDiffusion.figure("""
    . * 2
    1 1 .  / 4""")
ATKINSON = ErrorDiffusion.figure("""
    . * 1 1
    1 1 1 .
    . 1 . .  / 8""")
STEVENSON_ARCE = ErrorDiffusion.figure("""
     .  .  .  *  . 32  .
    12  . 26  . 30  . 16
     . 12  . 26  . 12  .
     5  . 12  . 12  .  5  / 200""")
SHIAU_FAN1 = ErrorDiffusion.figure("""
    . . * 4
    1 1 2 .  / 8""")
SHIAU_FAN2 = ErrorDiffusion.figure("""
    . . . * 8
    1 1 2 4 .  / 16""")
FAN = ErrorDiffusion.figure("""
    . . * 7
    1 3 5 .  / 16""")
PIGEON = ErrorDiffusion.figure("""
    . . * 2 1
    . 2 2 2 .
    1 . 1 . 1  / 14""")
SIMPLE_2D = ErrorDiffusion.figure("""
    * 1
    1 .  / 2""")
