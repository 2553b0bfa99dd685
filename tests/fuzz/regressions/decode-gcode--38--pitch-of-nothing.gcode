; pixbin gcode size=4x7 pitch=0 rotate=0 flip=none
M4S0G1X4S2